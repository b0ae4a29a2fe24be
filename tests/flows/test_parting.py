"""Merging by parts gives the tables that merging at once gives, wherever parts begin; and no key stands in two parts."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import parting
from flows.door import Door
from flows.land import LandedFile, SourceFile, in_order_of_precedence
from flows.shelf import OnDisk
from schemas.branches import Taxonomy, load_taxonomy
from schemas.errors import ContractError
from schemas.tables import TABLES
from tests.conftest import trials
from tests.transforms.test_corrections import landed
from transforms import refine as refining
from transforms.classify import LABELS
from transforms.coverage import field_coverage
from transforms.parts import InMemory, cuts, parted
from transforms.refine import tables_by_parts

PRECEDENCE = {"f1": 10, "f2": 10, "g": 30}
NUMBERS = (
    "CN109359736A", "CN109359736B", "CN109359736", "CN110000001A", "CN110000001",  # a number that stages share, with and without kind
    "US20200250566A1", "US10734519B2", "US10734519", "JP2019123456A", "JP6712345B2", "EP3000102A1", "EP3000102",
    "KR20130003263U", "WO2003025512A2", "CN202644404U",
)  # fmt: skip
FILED = (None, "CN201811234567.8", "US15/590,278", "US 2017 15590278", "JP2018012345", "CN201220234777.0")
NAMES = (None, ["示例大学"], ["Example Corp", "示例大学"], ["Example Corporation"])
# Few numbers, filings, owners and priorities, so that rows meet within parts and across them.
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source_file_id": st.sampled_from(sorted(PRECEDENCE)),
            "publication_number_original": st.sampled_from(NUMBERS),
            "application_number_original": st.sampled_from(FILED),
            "stage": st.sampled_from(("application", "grant")),
            "title": st.sampled_from((None, "一种示例的存储装置及方法", "Example device for storing")),
            "abstract": st.sampled_from((None, "x", "y")),
            "claims": st.sampled_from((None, "x")),
            "applicants": st.sampled_from(NAMES),
            "filing_year": st.sampled_from((None, 2017, 2018)),
            "priority_numbers": st.sampled_from((None, ["US201715590278"], ["JP2018012345", "US201715590278"])),
            "vendor_family_id": st.sampled_from((None, None, "7")),
            "ipc_symbols": st.sampled_from((None, ["G06F3/06"], ["G11C11/54", "G06F3/06"])),
            "provinces": st.sampled_from((None, ["浙江"])),
        }
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip
TEAM = {
    "correction.csv": [
        ("publication_number", "field", "field_value", "reviewer", "decision_date", "reason"),
        ("JP6712345B2", "application_number", "JP2018012345", "r", "2024-06-30", ""),
        ("US10734519B2", "filing_date", "2017-06-01", "r", "2024-06-30", ""),
        ("EP9999999A1", "title", "waits", "r", "2024-06-30", ""),
    ],
    "family_link.csv": [
        ("publication_number", "other_publication_number", "decision", "reviewer", "decision_date", "reason"),
        ("CN109359736A", "EP3000102A1", "join", "r", "2024-06-30", ""),
        ("US20200250566A1", "JP2019123456A", "split", "r", "2024-06-30", ""),
    ],
    "decision.csv": [
        ("publication_number", "branch", "decision", "reviewer", "decision_date", "reason"),
        ("CN110000001A", "chip.ai_asic", "core", "r", "2024-06-30", ""),
    ],
    "place_correction.csv": [
        ("publication_number", "province", "city", "district", "reviewer", "correction_date", "reason"),
        ("CN109359736A", "江苏", "南京", "", "r", "2024-06-30", ""),
        ("JP2019123456A", "江苏", "", "", "r", "2024-06-30", ""),
    ],
}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    for name, rows in TEAM.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def one_label_each(records: Iterable[pl.DataFrame], taxonomy: Taxonomy) -> Iterator[pl.DataFrame]:
    """A label that tells what the labels are made of, in place of the rules."""
    for part in records:
        yield part.select(
            "record_id",
            pl.lit("chip.ai_asic").alias("branch"),
            pl.lit("candidate").alias("level"),
            pl.concat_str(
                pl.col("title", "abstract", "claims").str.len_chars().fill_null(0).cast(pl.String), separator=""
            )
            .cast(pl.Float64)
            .alias("score"),
            pl.lit(False).alias("is_primary"),
            pl.lit([], LABELS["evidence"]).alias("evidence"),
            pl.lit(taxonomy.version).alias("taxonomy_version"),
        ).select(list(LABELS)).cast(LABELS)  # fmt: skip


def landed_files(rows: list[dict], folder: Path) -> list[LandedFile]:
    """The rows as files that were landed, in order of precedence."""
    frame = landed(*sorted(rows, key=lambda row: row["source_file_id"]))
    files = []
    for (name,), own in frame.partition_by("source_file_id", as_dict=True, maintain_order=True).items():
        place = folder / name
        place.mkdir()
        own.write_parquet(place / "rows.parquet")
        source = SourceFile(name, f"{name}.csv", name, 1)
        nothing = {"unmapped_columns": (), "header_drift": (), "remarks": (), "header": (), "synthetic_rows": 0}
        counts = {"rows_in": own.height, "accepted": own.height, "quarantined": 0, "blank": 0}
        files.append(
            LandedFile(
                source, str(place), "landed", None, name, is_probably_cut_off=False, precedence=PRECEDENCE[name],
                **nothing, **counts,
            )
        )  # fmt: skip
    return in_order_of_precedence(files)


def tables(rows: list[dict], team: Path, rows_of_a_part: int) -> dict[str, list[pl.DataFrame]]:
    """The pieces of every table."""
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(parting, "ROWS_OF_A_PART", rows_of_a_part),
        mock.patch.object(parting, "_SAMPLED", 1.0),
        mock.patch.object(parting, "_LAID_AT_ONCE", len(rows) // 2),
        mock.patch.object(refining, "RECORDS_AT_ONCE", 3),
    ):
        files = landed_files(rows, Path(name))
        landed, shelf, coverage = parting.landed_by_parts(files, Path(name) / "laid")
        assert isinstance(shelf, OnDisk if len(rows) > rows_of_a_part else InMemory)
        pieces = {"meta.field_coverage": [coverage]}
        for table, piece in tables_by_parts(landed, load_taxonomy(), team, one_label_each, shelf):
            pieces.setdefault(table, []).append(piece)
    return pieces


def require_the_same(by_parts: dict[str, list[pl.DataFrame]], at_once: dict[str, list[pl.DataFrame]]) -> None:
    assert by_parts.keys() == at_once.keys()
    for name, pieces in by_parts.items():
        (whole,) = at_once[name]
        assert pl.concat(pieces).sort(TABLES[name].key).equals(whole), name


# Each takes two CPU seconds: thirty tables are judged piece by piece.
@settings(max_examples=trials(1, 400), deadline=None)
@given(rows=ROWS, rows_of_a_part=st.sampled_from((1, 2, 5, 12)))
def test_parts_of_any_size_give_the_same_tables_as_one(team: Path, rows: list[dict], rows_of_a_part: int) -> None:
    require_the_same(tables(rows, team, rows_of_a_part), tables(rows, team, 1_000))


def test_a_part_has_every_row_of_a_document_however_its_number_is_written(team: Path) -> None:
    rows = [
        {"source_file_id": file, "publication_number_original": number, "applicants": NAMES[at % 4]}
        | {"application_number_original": FILED[at % 5], "priority_numbers": ["US201715590278"], "abstract": file}
        for at, number in enumerate(NUMBERS)
        for file in ("f1", "g")
    ]
    by_parts, at_once = tables(rows, team, 10), tables(rows, team, 1_000)
    assert len(by_parts["core.publication"]) > 2
    assert at_once["core.publication"][0].height == 12
    assert at_once["core.correction"][0]["is_applied"].sum() == 4
    require_the_same(by_parts, at_once)


def test_coverage_is_of_each_file(tmp_path: Path) -> None:
    rows = [
        {"source_file_id": name, "publication_number_original": NUMBERS[0], "filing_year": 2017} for name in PRECEDENCE
    ]
    files = landed_files(rows, tmp_path)
    with mock.patch.object(parting, "ROWS_OF_A_PART", 1):
        _, _, coverage = parting.landed_by_parts(files, tmp_path / "laid")
    assert coverage.equals(field_coverage(pl.concat(file.rows for file in files)))


def test_parts_are_cut_where_the_sample_says_and_hold_every_row() -> None:
    numbers = pl.Series("n", [5, 1, 4, 2, 3, 3])
    assert cuts(numbers, 3).to_list() == [3, 4]
    found = dict(parted(numbers.to_frame(), pl.col("n"), cuts(numbers, 3)))
    assert {part: frame["n"].to_list() for part, frame in found.items()} == {0: [1, 2], 1: [3, 3], 2: [5, 4]}
    assert [part for part, _ in parted(numbers.clear().to_frame(), pl.col("n"), numbers)] == [0]


def key_only(name: str, keys: list[str]) -> pl.DataFrame:
    empty = TABLES[name].empty()
    return pl.DataFrame({"application_id": keys}).join(empty, on="application_id", how="left").select(empty.columns)


def test_a_key_in_two_parts_is_refused_and_parts_out_of_order_are_not(tmp_path: Path) -> None:
    with Door(tmp_path) as door:
        for keys in (["a", "c"], ["b", "d"], ["e"]):
            door.add("core.application", key_only("core.application", keys))
    assert pl.read_parquet(tmp_path / "core.application.parquet")["application_id"].to_list() == list("acbde")
    with pytest.raises(ContractError, match="two parts"), Door(tmp_path) as door:
        for keys in (["a", "c"], ["b", "c"]):
            door.add("core.application", key_only("core.application", keys))
