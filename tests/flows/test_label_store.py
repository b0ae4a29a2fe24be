"""The label store: a refresh with it publishes what one without it would, and a store that cannot be trusted is not."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import polars as pl
import pyarrow.parquet
import pytest

from flows import label_store, labelling
from flows.labelling import Labeller
from flows.progress import Progress
from flows.refresh import PUBLISHED, refresh
from flows.runner import Threads
from flows.shelf import OnDisk
from flows.workspace import Workspace, create
from schemas.branches import SHIPPED_TAXONOMY
from schemas.errors import CheckFailedError
from tests.conftest import WORLD
from transforms.relabel import CONTENT, JUDGED, Judged, judged_together
from warehouse.publish import versions


class Told(Progress):
    """Remembers what it is told."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.lines: list[tuple[str, str]] = []

    def tell(self, stage: str, what: str) -> None:
        self.lines.append((stage, what))

    def of(self, stage: str) -> str:
        return "\n".join(what for told, what in self.lines if told == stage)


def refreshed(workspace: Workspace, taxonomy: Path | None = None) -> Told:
    told = Told()
    assert refresh(workspace, told, taxonomy=taxonomy).outcome == PUBLISHED
    return told


def content_hash(workspace: Workspace) -> str:
    return versions(workspace.warehouse)[0].content_hash


def fresh_copy(workspace: Workspace, root: Path) -> Workspace:
    """The same inbox in a workspace that remembers nothing."""
    other = create(root)
    shutil.copytree(workspace.inbox, other.inbox, dirs_exist_ok=True)
    return other


@pytest.mark.parametrize("at_once", [3, 400_000])
def test_a_refresh_with_the_store_publishes_what_one_without_it_would(
    world_workspace, tmp_path: Path, monkeypatch, at_once: int
) -> None:
    monkeypatch.setattr(labelling, "JUDGED_AT_ONCE", at_once)
    first = refreshed(world_workspace)
    assert "13 件新标 labelled anew, 0 件沿用 kept" in first.of("classify")

    google = (WORLD / "inbox" / "google.csv").read_text(encoding="utf-8")
    same_text = google.replace("US-2021000201-A1", "US-2021000299-A1")
    other_text = google.replace("US-2021000201-A1", "US-2021000298-A1").replace("Edge node", "Quantum circuit")
    (world_workspace.inbox / "same text.csv").write_text(same_text, encoding="utf-8")
    (world_workspace.inbox / "other text.csv").write_text(other_text, encoding="utf-8")
    taxonomy = tmp_path / "taxonomy"
    shutil.copytree(SHIPPED_TAXONOMY, taxonomy)
    branch = taxonomy / "cloud.native.toml"
    branch.write_text(branch.read_text(encoding="utf-8").replace("priority = ", "priority = 1", 1), encoding="utf-8")
    second = refreshed(world_workspace, taxonomy)
    expected = "1 件新标 labelled anew, 14 件沿用 kept，其中重标 of these labelled anew in cloud.native"
    assert expected in second.of("classify")
    assert "label store" not in second.of("warning")

    alone = create(tmp_path / "fresh")
    shutil.copytree(world_workspace.inbox, alone.inbox, dirs_exist_ok=True)
    refreshed(alone, taxonomy)
    assert content_hash(world_workspace) == content_hash(alone)

    (store,) = world_workspace.labels.iterdir()
    data = bytearray(store.read_bytes())
    data[len(data) // 2] ^= 1
    store.write_bytes(data)
    (world_workspace.inbox / "lens.csv").unlink()
    third = refreshed(world_workspace, taxonomy)
    assert "label store not used, all labelled anew" in third.of("warning")
    assert "0 件沿用" in third.of("classify")
    assert label_store.read(world_workspace.labels).held is not None


LABELS = pl.DataFrame(
    [(1, 2, "top.a", "core", 3.0, [{"kind": "term", "value": "x", "field": "TI", "position": 0}]), (3, 4, *[None] * 4)],
    schema=JUDGED,
    orient="row",
)
VERSIONS = {"top.a": "v1", "top.b": "v2"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    label_store.write(tmp_path / "labels", VERSIONS, [LABELS])
    return tmp_path / "labels"


def test_what_is_written_is_read_back(store: Path) -> None:
    found = label_store.read(store)
    assert found.problem is None and found.held.versions == VERSIONS
    assert found.held.judged.labels.equals(LABELS)


def test_there_is_one_store_and_no_leftover(store: Path) -> None:
    (store / ".123.tmp").write_bytes(b"a killed refresh left this")
    label_store.write(store, {"top.a": "v3"}, [LABELS])
    assert len(list(store.iterdir())) == 1
    assert label_store.read(store).held.versions == {"top.a": "v3"}


def test_of_two_stores_that_a_killed_refresh_left_the_later_one_counts(store: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    shutil.copytree(store, earlier)
    label_store.write(store, {"top.a": "v3"}, [LABELS])
    for file in earlier.iterdir():
        shutil.copy2(file, store)
    assert label_store.read(store).held.versions == {"top.a": "v3"}


def test_no_store_is_no_problem(tmp_path: Path) -> None:
    found = label_store.read(tmp_path / "labels")
    assert found.held is None and found.problem is None


def renamed_after_its_bytes(store: Path) -> None:
    (file,) = store.iterdir()
    file.rename(store / f"{label_store._sha256(file)}.parquet")


@pytest.mark.parametrize(
    "harm", ["cut", "flip", "empty", "text", "data", "no facts", "bad versions", "no labels", "foreign", "no order"]
)
def test_a_store_that_is_not_as_it_was_written_is_not_used(store: Path, harm: str, monkeypatch) -> None:
    (file,) = store.iterdir()
    data = file.read_bytes()
    facts = {"classifier": label_store.classifier_key(), "versions": VERSIONS}
    match harm:
        case "cut":
            file.write_bytes(data[:-40])
        case "flip":
            file.write_bytes(data[:100] + bytes([data[100] ^ 255]) + data[101:])
        case "empty":
            file.write_bytes(b"")
        case "text":
            file.write_bytes(b"not a parquet file")
            renamed_after_its_bytes(store)
        case "data":
            file.write_bytes(data[:4] + bytes(byte ^ 255 for byte in data[4:60]) + data[60:])
            renamed_after_its_bytes(store)
        case "no facts":
            LABELS.write_parquet(file)
            renamed_after_its_bytes(store)
        case "bad versions":
            LABELS.write_parquet(file, metadata={"patnav": label_store.json.dumps(facts | {"versions": ["top.a"]})})
            renamed_after_its_bytes(store)
        case "no labels":
            LABELS.drop("level").write_parquet(file, metadata={"patnav": label_store.json.dumps(facts)})
            renamed_after_its_bytes(store)
        case "no order":
            content = LABELS.slice(1, 1)
            label_store.write(store, VERSIONS, [content, LABELS])
        case "foreign":
            monkeypatch.setattr(label_store, "classifier_key", lambda: "another")
    found = label_store.read(store)
    assert found.held is None and found.problem


def test_what_is_known_of_parts_is_looked_up_by_ranges(tmp_path: Path) -> None:
    contents = [(content << 60, content) for content in range(16)]
    labels = pl.DataFrame(
        [(*content, branch, "core", 1.0, []) for content in contents for branch in ("top.a", "top.b")],
        schema=JUDGED,
        orient="row",
    )
    label_store.write(tmp_path / "labels", VERSIONS, [labels[:10], labels[10:12], labels[12:]])
    held = label_store.read(tmp_path / "labels").held
    assert [piece.height for piece in held.ranges()] == [10, 2, 20]
    sought = [[3, 4, 5, 15], [], [4, 77], [77]]
    parts = [
        (Path(str(at)), pl.DataFrame([(n << 60 if n < 16 else 7, n) for n in own], held.contents.schema, orient="row"))
        for at, own in enumerate(sought)
    ]
    found = list(labelling._known(iter(parts), held, OnDisk(tmp_path / "laid")))
    assert [folder for folder, _ in found] == [folder for folder, _ in parts]
    for own, (_, known) in zip(sought, found, strict=True):
        assert known.schema == labels.schema
        assert known.sort(CONTENT).equals(labels.filter(pl.col(CONTENT[1]).is_in(own)))


def test_a_store_of_no_records_is_read_and_nothing_is_known_by_it(tmp_path: Path) -> None:
    nothing, schema = LABELS.clear(), LABELS.clear().to_arrow().schema
    contents = pl.DataFrame([(1, 2)], dict.fromkeys(CONTENT, pl.UInt64), orient="row")
    label_store.write(tmp_path / "labels", VERSIONS, [nothing, LABELS, nothing])
    assert len(list(label_store.read(tmp_path / "labels").held.ranges())) == 1
    label_store.write(tmp_path / "labels", VERSIONS, [nothing])
    # As it was written once, with a group of no rows.
    (store,) = (tmp_path / "labels").iterdir()
    facts = pl.read_parquet_metadata(store)
    with pyarrow.parquet.ParquetWriter(store, schema.with_metadata({"patnav": facts["patnav"]})) as file:
        file.write_table(nothing.to_arrow(), row_group_size=1)
    renamed_after_its_bytes(tmp_path / "labels")
    for _ in range(2):
        held = label_store.read(tmp_path / "labels").held
        assert held.contents.is_empty() and held.judged.labels.equals(nothing)
        ((_, known),) = labelling._known([(tmp_path, contents)], held, OnDisk(tmp_path / "laid"))
        assert known.equals(nothing)
        label_store.write(tmp_path / "labels", VERSIONS, [nothing])


def test_a_refresh_without_an_accepted_row_leaves_nothing_that_the_next_ones_stumble_over(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    google = (WORLD / "inbox" / "google.csv").read_text(encoding="utf-8")
    header = "".join(google.splitlines(keepends=True)[:2])
    (workspace.inbox / "only a header.csv").write_text(header, encoding="utf-8")
    with pytest.raises(CheckFailedError, match="no publication at all"):
        refresh(workspace, Told())
    (workspace.inbox / "google.csv").write_text(google, encoding="utf-8")
    refreshed(workspace)


def test_the_key_of_the_classifier_follows_its_code_and_libraries_and_not_the_branches(monkeypatch) -> None:
    key = label_store.classifier_key.__wrapped__
    before = key()
    assert key() == before
    monkeypatch.setattr(label_store, "version", lambda name: "999")
    assert key() != before
    monkeypatch.undo()
    seen = []
    monkeypatch.setattr(label_store.fingerprint, "code_hash", lambda floors, kinds: seen.append((floors, kinds)) or "x")
    assert key() != before
    assert seen == [(("schemas", "transforms"), {".py", ".lark"})]


def test_without_the_extras_there_is_a_key_too(monkeypatch) -> None:
    installed = label_store.version

    def without_extras(name: str) -> str:
        if name.startswith(("prefect-dask", "adbc")):
            raise PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(label_store, "version", without_extras)
    assert label_store.classifier_key.__wrapped__()


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
def test_what_was_judged_of_parts_is_the_same_by_any_number_of_ranges(
    tmp_path: Path, monkeypatch, at_once: int
) -> None:
    rows = [(content << 60, content, "top.a", "core", 3.0, []) for content in (9, 0, 15, 4, 4, 7)]
    judged = pl.DataFrame(rows, schema=JUDGED, orient="row")
    labeller = Labeller(create(tmp_path / "w"), None, Threads())
    labeller._versions = VERSIONS
    for at, part in enumerate((judged[:4], judged[3:])):
        labeller._parts.append(tmp_path / str(at))
        labeller._parts[-1].mkdir()
        part.write_parquet(labeller._parts[-1] / "judged.parquet")
    monkeypatch.setattr(labelling, "JUDGED_AT_ONCE", at_once)
    pieces = list(labeller._judged())
    assert len(pieces) == -(-7 // at_once)
    assert pl.concat(pieces).equals(judged_together([Judged(VERSIONS, judged)]).labels)
