"""Names to owners: keys, slips, aliases, groups, types, suggestions; measured on a public benchmark against a slow count."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import real_file
from transforms.agreement import agreement
from transforms.applicants import decisions_on_names, harmonise, keyed_names, suggestions, with_group_at
from transforms.enterprises import enterprise_applicants
from transforms.names import name_key
from transforms.spellings import MERGE_FROM, near_pairs, slips

BENCHMARK = "pkg_pv_evaluation/nber-subset-assignees-benchmark.csv.gz"


def owners(names: list[str], team_folder: Path | None = None) -> dict[str, str]:
    return dict(
        harmonise(keyed_names(pl.Series("n", names)), team_folder).select("name_as_filed", "applicant_id").rows()
    )


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spellings",
    [
        ("示例股份有限公司", "示例有限责任公司", "示例集团有限公司", "示例(集团)有限公司", "示例有限公司", "示例集團股份有限公司"),
        ("Example Inc", "EXAMPLE, INC.", "Example Co., Ltd.", "Example LLC", "Example Corporation", "The Example Company"),
        ("株式会社示例", "示例株式會社", "㈱示例", "示例（株）"),
        ("예시 주식회사", "주식회사 예시", "㈜예시"),
        ("Beispiel GmbH", "Beispiel Gesellschaft mit beschränkter Haftung", "BEISPIEL GMBH & CO. KG", "Beispiel AG"),
        ("Exemple S.A.", "Exemple SA", "Exemple Société Anonyme", "Exemple S.A.R.L.", "Exemple SAS", "EXEMPLE, S. A."),
        ("Universität Beispielstadt", "UNIV BEISPIELSTADT", "University of Beispielstadt"),
        ("Regents of the University of Nowhere", "The Board of Regents, The University of Nowhere System", "UNIV NOWHERE"),
        ("The Nowhere University School of Medicine", "Nowhere University", "Nowhere Univ., Office of Technology Transfer"),
        ("The United States of America as represented by the Secretary of the Navy",
         "United States of America, as represented by Secretary of Navy",
         "The Unites States of Amercia as repesented by the Department of the Navy"),
        ("Sample Data Machines Corporation (SDM)", "SAMPLE DATA MACHINES CORP"),
        ("Muster Elektronik [DE]", "Muster Elektronik (2019-01-31)"),
    ],
)  # fmt: skip
def test_spellings_of_one_owner_share_a_key(spellings: tuple[str, ...]) -> None:
    assert len({name_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("University of Washington", "Washington University"),
        ("United States Steel Corporation", "The United States of America as represented by the Secretary of the Army"),
        ("示例科技(北京)有限公司", "示例科技(上海)有限公司"),
        ("Northern A&T University", "Northern University"),
        ("公司", "集团"),
        ("S.A.", "N.V."),
    ],
)
def test_different_owners_keep_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(min_size=1, max_size=40))
def test_a_key_is_told_by_every_name_and_ignores_blanks_around_it(name: str) -> None:
    assert name_key(name) or not any(sign.isalnum() for sign in name)
    assert name_key(f" {name} ") == name_key(name)


# ── slips ────────────────────────────────────────────────────────────────────────────────────────────────────────


def meant(counted: dict[str, int]) -> dict[str, str]:
    rows = [(name_key(name), name, rows) for name, rows in counted.items()]
    frame = pl.DataFrame(rows, schema={"name_key": pl.String, "spelling": pl.String, "rows": pl.Int64}, orient="row")
    return dict(slips(near_pairs(frame)).select("name_key", "meant").rows())


def test_a_rare_slip_is_brought_to_the_frequent_name() -> None:
    found = meant(
        {
            "Exemplary Instruments Inc": 50,
            "Exemplray Instruments Inc": 1,
            "Exemplary Instrumnts, Inc.": 2,
            "ExemplaryInstruments": 3,
        }
    )
    assert set(found.values()) == {"exemplaryinstrument"} and len(found) == 2


@pytest.mark.parametrize(
    "counted",
    [
        {"Hansen Instruments": 9, "Hanson Instruments": 5},  # two surnames of like frequency
        {"Sample 500 Devices": 90, "Sample 600 Devices": 1},  # numbers are no slips
        {"Sega of Nowhere": 90, "Sela of Nowhere": 1},  # four letters
        {"North Sample A&T College": 1, "North Sample College": 90},  # a word more
        {"示例光电科技": 90, "示例光电科枝": 1},  # one character makes another name
    ],
)
def test_what_is_not_sure_is_not_merged(counted: dict[str, int]) -> None:
    assert meant(counted) == {}


def test_nothing_is_merged_below_the_stated_threshold() -> None:
    schema = {
        "rare": pl.String,
        "frequent": pl.String,
        "edits": pl.Int64,
        "similarity": pl.Float64,
        "is_slip": pl.Boolean,
    }
    pairs = pl.DataFrame(
        [("a", "b", 1, MERGE_FROM - 0.001, True), ("c", "b", 1, 0.99, False), ("d", "b", 1, MERGE_FROM, True)],
        schema=schema,
        orient="row",
    )
    assert slips(pairs)["name_key"].to_list() == ["d"]


def test_a_slip_of_a_slip_is_not_followed() -> None:
    pairs = pl.DataFrame(
        {
            "rare": ["b", "c"],
            "frequent": ["a", "b"],
            "edits": [1, 1],
            "similarity": [0.95, 0.95],
            "is_slip": [True, True],
        }
    )
    assert dict(slips(pairs).select("name_key", "meant").rows()) == {"b": "a"}


# ── tables, groups, types ────────────────────────────────────────────────────────────────────────────────────────


def test_the_team_overrules_and_is_logged(tmp_path: Path) -> None:
    (tmp_path / "applicant_alias.csv").write_text(
        "applicant_id,alias,source\nteam_one,华为终端有限公司,own register\nteam_one,示例分公司,own register\n",
        encoding="utf-8",
    )
    (tmp_path / "applicant_not_same.csv").write_text(
        "alias,applicant_id,reason\n上海海思技术有限公司,huawei,counted apart\n", encoding="utf-8"
    )
    names = ["华为终端有限公司", "上海海思技术有限公司", "华为技术有限公司"]
    found = owners(names, tmp_path)
    assert found["华为终端有限公司"] == "team_one"
    assert found["上海海思技术有限公司"] == "name:上海海思技术"
    assert found["华为技术有限公司"] == "huawei"
    log = decisions_on_names(keyed_names(pl.Series("n", names)), tmp_path).select(
        "alias", "name_decision", "applicant_id", "rule_applicant_id", "times_named"
    )
    assert sorted(log.rows()) == sorted(
        [
            ("华为终端有限公司", "same", "team_one", "huawei", 1),
            ("示例分公司", "same", "team_one", "name:示例分", 0),
            ("上海海思技术有限公司", "not_same", "huawei", "huawei", 1),
        ]
    )


def test_a_forbidden_pair_is_not_brought_together_by_a_slip(tmp_path: Path) -> None:
    (tmp_path / "applicant_not_same.csv").write_text(
        "alias,applicant_id,reason\nExemplray Optics,name:exemplaryoptic,another firm\n", encoding="utf-8"
    )
    names = ["Exemplary Optics Inc"] * 50 + ["Exemplray Optics"]
    assert owners(names)["Exemplray Optics"] == "name:exemplaryoptic"
    assert owners(names, tmp_path)["Exemplray Optics"] == "name:exemplrayoptic"


@pytest.mark.parametrize(
    ("applicant_id", "filed", "year", "group"),
    [
        ("redhat", date(2019, 7, 8), None, "redhat"),
        ("redhat", date(2019, 7, 9), None, "ibm"),
        ("honor", None, 2018, "huawei"),
        ("honor", None, 2022, "honor"),
        ("redhat", None, None, "ibm"),  # no day at all: the group of today
        ("intel", date(1990, 1, 1), None, "intel"),
    ],
)
def test_the_group_is_that_of_the_filing_date(
    applicant_id: str, filed: date | None, year: int | None, group: str
) -> None:
    today = {"redhat": "ibm", "honor": "honor", "intel": "intel"}[applicant_id]
    links = pl.DataFrame(
        [("A", 1, applicant_id, filed, year, today)],
        schema={"application_id": pl.String, "position": pl.Int32, "applicant_id": pl.String, "filing_date": pl.Date,
                "filing_year": pl.Int32, "group_id": pl.String},
        orient="row",
    )  # fmt: skip
    assert with_group_at(links)["group_id"].item() == group


@pytest.mark.parametrize(
    ("name", "told"),
    [("示例医院", "institute"), ("示例市公安局", "government"), ("欧阳示例", "person"), ("布莱恩·T·示例", "person"),
     ("예시대학교", "university"),
     ("김예시", "person"), ("WANG SHILI", "person"), ("SAMPLE RICHARD A", "person"), ("Fachhochschule Beispiel", "university"),
     ("示例机械厂", "company"), ("深科", "unknown")],
)  # fmt: skip
def test_types_are_told_by_the_name(name: str, told: str) -> None:
    assert harmonise(keyed_names(pl.Series("n", [name])))["applicant_type"].item() == told


def test_what_may_be_one_is_suggested_and_not_merged() -> None:
    names = [
        "上海示例光电技术有限公司",
        "北京示例光电技术有限公司",
        "Hansen Instruments Inc",
        "Hanson Instruments Inc",
        "北京示例大学",
        "上海示例大学",
    ]
    found = suggestions(keyed_names(pl.Series("n", names)))
    assert {frozenset(pair) for pair in found.select("name", "other_name").rows()} == {
        frozenset(names[:2]),
        frozenset(names[2:4]),
    }
    assert len(set(owners(names).values())) == len(names)


def test_enterprises_meet_applicants_by_name_and_alias(tmp_path: Path) -> None:
    (tmp_path / "enterprise.csv").write_text(
        "enterprise_id,name,stage,product,province,city,district,source\n"
        "x1,示例智能,upstream,芯片,浙江,杭州,西湖区,own\nx1,示例智能,midstream,整机,浙江,杭州,西湖区,own\n",
        encoding="utf-8",
    )
    (tmp_path / "enterprise_alias.csv").write_text(
        "enterprise_id,alias,source\nx1,Sample Smart Ltd,own\n", encoding="utf-8"
    )
    names = ["示例智能有限公司", "SAMPLE SMART CO LTD", "華為技術有限公司", "某某公司"]
    found = enterprise_applicants(harmonise(keyed_names(pl.Series("n", names))), tmp_path)
    assert found.rows() == [
        ("huawei", "huawei", "alias"),
        ("x1", "name:samplesmart", "alias"),
        ("x1", "name:示例智能", "name"),
    ]


# ── how right it is ──────────────────────────────────────────────────────────────────────────────────────────────


def slow_agreement(found: list[int], gold: list[int]) -> tuple[float, float, float, float]:
    """Every pair and every member looked at one by one."""
    pairs = list(combinations(range(len(found)), 2))
    together = {(i, j) for i, j in pairs if found[i] == found[j]}
    true = {(i, j) for i, j in pairs if gold[i] == gold[j]}
    precision = recall = 0.0
    for i in range(len(found)):
        mine = {j for j in range(len(found)) if found[j] == found[i]}
        right = {j for j in range(len(found)) if gold[j] == gold[i]}
        precision += len(mine & right) / len(mine) / len(found)
        recall += len(mine & right) / len(right) / len(found)
    agreed = len(together & true)
    return (agreed / len(together) if together else 1.0, agreed / len(true) if true else 1.0, precision, recall)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=25))
def test_agreement_is_that_of_looking_at_every_pair(members: list[tuple[int, int]]) -> None:
    found, gold = [list(side) for side in zip(*members, strict=True)]
    fast = agreement(pl.Series(found), pl.Series(gold))
    figures = (fast.pairwise_precision, fast.pairwise_recall, fast.b_cubed_precision, fast.b_cubed_recall)
    assert figures == pytest.approx(slow_agreement(found, gold))


def test_owners_of_the_public_benchmark_are_brought_together() -> None:
    gold = pl.read_csv(real_file(BENCHMARK), infer_schema=False).unique(maintain_order=True)
    found = harmonise(keyed_names(gold["organization"]))
    joined = gold.join(found, left_on="organization", right_on="name_as_filed", how="left", validate="m:1")
    figures = agreement(joined["applicant_id"], joined["unique_id"])
    assert figures.members == 206_416
    assert figures.pairwise_precision >= 0.995 and figures.pairwise_recall >= 0.99
    assert figures.b_cubed_precision >= 0.99 and figures.b_cubed_recall >= 0.95


def test_keyed_names_count_every_row() -> None:
    assert keyed_names(pl.Series("n", ["A B", "A B", None, "a b"])).sort("name_as_filed")["rows"].to_list() == [2, 1]
