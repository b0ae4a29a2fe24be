"""The world refined equals its goldens, whatever the order of its rows; filings, families, owners and places one by one."""

from __future__ import annotations

import polars as pl
import pytest

from schemas.branches import load_taxonomy
from tests.conftest import WORLD
from transforms.applicants import harmonise, keyed_names, name_key
from transforms.families import families_of, with_family_id
from transforms.landing import land
from transforms.refine import refine
from transforms.regions import with_place_of_first_applicant


def landed_world() -> pl.DataFrame:
    files = [WORLD / "inbox" / f"{name}.csv" for name in ("patsnap", "lens", "google")]
    return pl.concat([land(path, path.stem, path.name).accepted for path in files])


@pytest.fixture(scope="module")
def core() -> dict[str, pl.DataFrame]:
    return refine(landed_world(), load_taxonomy())


def as_text(frame: pl.DataFrame) -> list[tuple]:
    lists = [pl.col(name).list.join(" | ") for name, dtype in frame.schema.items() if dtype == pl.List(pl.String)]
    text = frame.with_columns(lists).with_columns(pl.all().cast(pl.String))
    return [tuple(value or None for value in row) for row in text.rows()]


@pytest.mark.parametrize("name", sorted(path.stem for path in (WORLD / "golden").glob("core.*.csv")))
def test_the_world_equals_its_golden(core, name: str) -> None:
    golden = pl.read_csv(WORLD / "golden" / f"{name}.csv", infer_schema=False)
    assert as_text(core[name].select(golden.columns)) == as_text(golden)


def test_labels_do_not_depend_on_the_order_of_rows(core) -> None:
    shuffled = refine(landed_world().sample(fraction=1, shuffle=True, seed=7), load_taxonomy())
    label = ["application_id", "branch", "level", "is_primary"]
    assert shuffled["core.application_branch"].select(label).equals(core["core.application_branch"].select(label))


def test_a_document_of_two_files_is_one_publication_with_two_sources(core) -> None:
    sources = core["core.publication_source"].filter(publication_number="CN101000002A")
    assert sources.select("source_file_id", "is_first").rows() == [("lens", False), ("patsnap", True)]
    publication = core["core.publication"].filter(publication_number="CN101000002A").row(0, named=True)
    assert publication["cpc_symbols"] == ["G11C11/54"], "PatSnap has no CPC for it, the Lens file does"
    assert publication["applicants"] == ["示例大学"], "PatSnap comes first in the order of precedence"


def test_publications_are_grouped_by_the_golden(core) -> None:
    assert core["core.application"].filter(application_id="CN201910000001")["publications"].item() == 2


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────


def place(provinces, cities, districts) -> dict:
    schema = {"provinces": pl.List(pl.String), "cities": pl.List(pl.String), "districts": pl.List(pl.String)}
    frame = pl.DataFrame({"provinces": [provinces], "cities": [cities], "districts": [districts]}, schema=schema)
    return with_place_of_first_applicant(frame).row(0, named=True)


def test_a_place_gets_its_codes() -> None:
    found = place(["浙江"], ["杭州"], ["滨江区"])
    assert (found["province_code"], found["city_code"], found["district_code"]) == ("330000", "330100", "330108")
    assert found["place_basis"] == "single"


def test_a_name_means_the_place_within_its_parent() -> None:
    assert place(["吉林"], ["吉林"], ["朝阳区"])["district_code"] is None
    assert place(["北京"], ["北京"], ["朝阳区"])["district_code"] == "110105"


def test_a_city_is_not_guessed_where_the_lists_do_not_align() -> None:
    found = place(["Vlaanderen", "浙江"], ["OV", "VB", "杭州"], None)
    assert (found["province"], found["province_code"], found["city"], found["place_basis"]) == (
        "Vlaanderen",
        None,
        None,
        "first",
    )


def test_taiwan_hong_kong_and_macao_are_known_by_their_st3_codes() -> None:
    assert [place([code], None, None)["province_code"] for code in ("TW", "HK", "MO")] == ["710000", "810000", "820000"]


def test_no_place_is_said_to_be_unknown() -> None:
    assert place(None, None, None)["place_basis"] == "unknown"


# ── applicants ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("华为技术有限公司", "華為技術有限公司"),
        ("INTEL CORP", "Intel Corporation"),
        ("示例（杭州）科技有限公司", "示例(杭州)科技有限公司"),
        ("Example Networks, L.P.", "EXAMPLE NETWORKS LP"),
        ("GOOGLE LLC (2017-09-29)", "Google LLC"),
        ("株式会社示例", "示例株式会社"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("示例科技有限公司", "示例科技（上海）有限公司"),
        ("San Francisco Systems", "Cisco Systems"),
        ("公司", "有限公司"),
    ],
)
def test_names_of_different_owners_do_not(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_the_alias_table_brings_scripts_together_and_keeps_apart_what_it_must() -> None:
    names = pl.Series(
        "n",
        [
            "国际商业机器公司",
            "IBM",
            "International Business Machines Corporation",
            "日立金属株式会社",
            "株式会社日立製作所",
        ],
    )
    found = dict(harmonise(keyed_names(names)).select("name_as_filed", "applicant_id").rows())
    assert {found[name] for name in ("国际商业机器公司", "IBM", "International Business Machines Corporation")} == {
        "ibm"
    }
    assert found["日立金属株式会社"] != "hitachi"


def test_an_unknown_applicant_keeps_its_most_frequent_spelling() -> None:
    names = pl.Series("n", ["示例甲公司", "示例甲有限公司", "示例甲有限公司"])
    assert set(harmonise(keyed_names(names))["applicant_name"]) == {"示例甲有限公司"}


@pytest.mark.parametrize(
    ("name", "told"),
    [("示例大学", "university"), ("示例研究院", "institute"), ("示例有限公司", "company"), ("UNIV EXAMPLE", "university"),
     ("EXAMPLE, ANNA", "person"), ("王示例", "person"), ("Xyzzy", "unknown")],
)  # fmt: skip
def test_types_are_told_by_the_name(name: str, told: str) -> None:
    assert harmonise(keyed_names(pl.Series("n", [name])))["applicant_type"].item() == told


# ── families, against a slow reading of the rule ─────────────────────────────────────────────────────────────────


def test_families_are_those_of_the_rule_read_slowly() -> None:
    priorities = [["P1"], ["P1"], ["P1", "P2"], None, ["A3"], None]
    ids = ["A0", "A1", "A2", "A3", "A4", "A5"]
    frame = pl.DataFrame(
        {"application_id": ids, "priority_numbers": priorities, "filing_year": [None] * 6, "filing_date": [None] * 6,
         "office": ["US"] * 6,
         "earliest_priority_date": [None] * 6},
        schema_overrides={"priority_numbers": pl.List(pl.String), "filing_year": pl.Int32, "filing_date": pl.Date,
                          "earliest_priority_date": pl.Date},
    )  # fmt: skip
    slow: dict[str, list[str]] = {}
    for application_id, claimed in zip(ids, priorities, strict=True):
        slow.setdefault(" ".join(claimed or [application_id]), []).append(application_id)
    with_family = with_family_id(frame)
    found = with_family.group_by("family_id").agg(pl.col("application_id").sort())["application_id"].to_list()
    assert sorted(found) == sorted(sorted(members) for members in slow.values())
    assert families_of(with_family)["applications"].sum() == 6
