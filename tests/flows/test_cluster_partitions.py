"""What a cluster rests on, without one: the setting, partitions that may be done twice, errors that travel."""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pytest

from flows import land, runner
from flows.checkpoints import watched
from flows.labelling import Labeller, forget_parts, label_part
from flows.runner import Cluster, Threads, at_worker, code_key, problem_here, runner_of
from flows.whole_files import apart, put
from flows.workspace import Workspace, create, read_settings
from schemas.branches import load_taxonomy
from schemas.errors import ClusterError, ContractError, PatnavError, TaxonomyError, UnreadableFileError, WorkspaceError
from transforms.readers.table import SeveralTablesError
from transforms.relabel import relabel


def with_runner(workspace: Workspace, stated: str) -> Workspace:
    with workspace.settings_file.open("a", encoding="utf-8") as file:
        file.write(f"runner = {stated}\n")
    return workspace


@pytest.mark.parametrize(
    ("stated", "address"),
    [
        ('"threads"', None),
        ('"dask:tcp://10.0.0.5:8786"', "tcp://10.0.0.5:8786"),
        ('"dask:tls://dask-scheduler.example:8786"', "tls://dask-scheduler.example:8786"),
        ('"dask:tcp://[::1]:8786"', "tcp://[::1]:8786"),
    ],
)
def test_the_setting_names_who_works(tmp_path: Path, stated: str, address: str | None) -> None:
    workspace = with_runner(create(tmp_path / "w"), stated)
    settings = read_settings(workspace)
    assert settings.cluster == address
    with runner_of(settings, workspace) as found:
        assert isinstance(found, Cluster if address else Threads)
    # Who works changes nothing of what is made.
    assert "runner" not in settings.of_content


@pytest.mark.parametrize(
    "stated",
    ['"processes"', '"dask"', '"dask:10.0.0.5:8786"', '"dask:tcp://10.0.0.5"', '"dask:tcp://h:0"', '"dask:tcp://h:65536"', "1",
     '"dask:http://h:8786"', '"dask:tcp://user:word@h:8786"'],
)  # fmt: skip
def test_a_wrong_runner_is_named(tmp_path: Path, stated: str) -> None:
    with pytest.raises(WorkspaceError, match="runner = "):
        read_settings(with_runner(create(tmp_path / "w"), stated))


def test_without_the_extra_a_cluster_is_refused_when_it_is_to_work(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with ExitStack() as resources:
        cluster = Cluster("tcp://127.0.0.1:9", create(tmp_path / "w"), resources)
        # Nothing new is nothing for a cluster to do.
        assert list(cluster.in_order(max, [])) == []
        with pytest.raises(ClusterError, match=r"distributed is not installed.*patnav\[cluster\]"):
            list(cluster.in_order(max, [(1, 2)]))


def test_the_order_of_partitions_is_kept_and_no_more_are_prepared_than_one_ahead() -> None:
    done, prepared, ahead = [], [], []

    def arguments():
        for number in range(6):
            prepared.append(number)
            ahead.append(len(prepared) - len(done))
            yield (number,)

    def task(number: int) -> int:
        done.append(number)
        return number * 10

    assert list(Threads().in_order(task, arguments())) == [0, 10, 20, 30, 40, 50]
    assert max(ahead) <= 2
    assert list(Threads().in_order(task, [(1,), (2,)])) == [10, 20]
    assert list(Threads().in_order(task, iter(()))) == []


def test_what_a_partition_raises_comes_out_and_ends_the_others() -> None:
    done = []

    def task(number: int) -> None:
        done.append(number)
        if number == 1:
            raise ContractError("table", "broken")

    for arguments in ([(number,) for number in range(4)], ((number,) for number in range(4))):
        done.clear()
        with pytest.raises(ContractError, match="broken"):
            list(Threads().in_order(task, arguments))
        assert done == [0, 1]


@pytest.mark.parametrize(
    "error",
    [ContractError("where", "found", "expected", "remedy"), UnreadableFileError("file", "found"), SeveralTablesError("book", ("a", "b"))],
)  # fmt: skip
def test_an_error_comes_back_from_another_process_as_it_was(error: PatnavError) -> None:
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is type(error) and str(found) == str(error)
    assert found.as_dict() == error.as_dict() and vars(found) == vars(error)


def test_a_worker_answers_only_for_our_code_and_our_workspace(tmp_path: Path, monkeypatch) -> None:
    workspace = create(tmp_path / "w")
    with runner._sealed(workspace) as seal:
        assert problem_here(code_key(), seal) is None
        assert at_worker(max, (1, 2), code_key(), seal) == 2
        with pytest.raises(ClusterError, match="another version"):
            at_worker(max, (1, 2), "other", seal)
        monkeypatch.setattr(runner, "classifier_key", lambda: "another")
        assert "version" in problem_here(seal=seal, code="x")
        monkeypatch.undo()
    assert not list((workspace.root / "data").iterdir())
    with pytest.raises(ClusterError, match="does not see the workspace"):
        at_worker(max, (1, 2), code_key(), seal)


RECORDS = [
    {"record_id": f"r{number}", "title": title, "abstract": None, "claims": None, "ipc_symbols": ["G06N3/04"], "cpc_symbols": []}
    for number, title in enumerate(["深度神经网络加速器", "quantum circuit", "鱼塘增氧机"])
]  # fmt: skip


def records() -> pl.DataFrame:
    return pl.DataFrame(
        RECORDS, schema_overrides={"abstract": pl.String, "claims": pl.String, "cpc_symbols": pl.List(pl.String)}
    )


class Killed(BaseException):
    """Ends the process as far as the test goes."""


@pytest.mark.parametrize("moment", ["part_labelled", "part_judged"])
def test_a_part_of_a_killed_refresh_is_completed_or_taken_up(tmp_path: Path, moment: str) -> None:
    workspace, taxonomy = create(tmp_path / "w"), load_taxonomy()

    def kill(reached: str) -> None:
        if reached == moment:
            raise Killed

    with pytest.raises(Killed), watched(kill):
        list(Labeller(workspace, None, Threads()).label([records()], taxonomy))
    passed: list[str] = []
    labeller = Labeller(workspace, None, Threads())
    with watched(passed.append):
        (labels,) = labeller.label([records()], taxonomy)
        done = labeller.keep()
    assert labels.equals(relabel(records(), taxonomy).labels)
    assert (done.records_anew, done.records_kept) == (3, 0)
    assert ("part_labelled" in passed) == (moment == "part_labelled")
    assert not workspace.parts.exists() and len(list(workspace.labels.iterdir())) == 1
    again = Labeller(workspace, None, Threads())
    assert next(again.label([records()], taxonomy)).equals(labels)
    assert again.keep().records_kept == 3 and not workspace.parts.exists()


def test_another_taxonomy_than_the_one_told_is_refused(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    (told,) = Labeller(workspace, None, Threads())._put_down(iter([records()]), load_taxonomy())
    with pytest.raises(TaxonomyError, match="version"):
        label_part(*told[:-1], "another")
    # Half of it, as power loss may leave it, is not taken for the whole.
    folder = Path(label_part(*told))
    (folder / "labels.parquet").unlink()
    label_part(*told)
    assert (folder / "labels.parquet").exists()
    (left := workspace.parts.with_name(".parts.x.gone")).mkdir()
    forget_parts(workspace)
    assert not workspace.parts.exists() and not left.exists()


def test_of_two_that_landed_the_same_file_the_first_stays(world_workspace) -> None:
    (source, *_) = land.take_in(world_workspace)
    place, sources, corrections = land._place(world_workspace, source, "code" * 16)
    raw = world_workspace.raw / source.sha256

    def meanwhile(reached: str) -> None:
        if reached == "landing_told" and not place.exists():
            # Another one, of another process, comes first.
            shutil.copytree(apart(place), place)
            (place / "first").touch()

    with watched(meanwhile):
        land._land_into(place, raw, source, sources, corrections)
    assert (place / "first").exists()
    assert land.stands(world_workspace, source, "code" * 16)
    # What is no landing is replaced, and nothing else is left.
    (place / "landing.json").unlink()
    assert not land.stands(world_workspace, source, "code" * 16)
    land._land_into(place, raw, source, sources, corrections)
    assert not (place / "first").exists() and (place / "landing.json").exists()
    assert list(world_workspace.landed.iterdir()) == [place]


def test_a_file_is_there_whole_under_a_name_that_nobody_else_writes_to(tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        beside = threading.Thread(target=lambda: names.append(apart(tmp_path / "f.parquet").name))
        beside.start()
        beside.join()
    names.append(apart(tmp_path / "f.parquet").name)
    assert names[-1] not in names[:-1] and all(str(os.getpid()) in name and name.startswith(".") for name in names)
    put(tmp_path / "f.parquet", records())
    assert [path.name for path in tmp_path.iterdir()] == ["f.parquet"]
