"""The shipped reference tables are sound, and a team's own rows come after them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from schemas import reference
from schemas.columns import PATENT_TYPES, STAGES
from schemas.errors import ReferenceTableError


def test_every_shipped_row_has_its_source_or_reason() -> None:
    for path in sorted(reference.FOLDER.glob("*.csv")):
        frame = reference.shipped(path.stem)
        said = next(name for name in ("source", "reason", "note") if name in frame.columns)
        if said != "note":
            assert frame[said].null_count() == 0, path.name


def test_tables_keep_to_their_declarations() -> None:
    assert reference.office_table().filter("is_ip5")["office"].to_list() == ["CN", "EP", "JP", "KR", "US"]
    assert not reference.office_table().filter(pl.col("office") == "WO")["is_national"].item()
    assert reference.policy_table().height == 17
    assert reference.chain_node_table()["chain_stage"].n_unique() == 4
    enterprise, stage = reference.enterprise_tables()
    assert set(stage["enterprise_id"]) <= set(enterprise["enterprise_id"])


def test_policies_say_in_both_languages_what_they_hold() -> None:
    policies = reference.policy_table()
    assert (
        policies.select("issuer_en", "policy_title_en", "key_content_zh", "key_content_en")
        .null_count()
        .sum_horizontal()
        .item()
        == 0
    )
    assert policies["key_content_zh"].n_unique() == policies["key_content_en"].n_unique() == 17


def test_doubtful_rows_of_the_policy_table_are_flagged_not_mended() -> None:
    flagged = reference.policy_table().filter(pl.col("data_flag").is_not_null())["policy_id"].to_list()
    assert {"6", "8"} <= set(flagged)


def test_kind_codes_use_the_known_words() -> None:
    kinds = reference.shipped("kind_code")
    assert set(kinds["stage"]) <= set(STAGES)
    assert set(kinds["patent_type"]) <= set(PATENT_TYPES)
    assert not kinds.select("office", "kind_code").is_duplicated().any()


def test_regions_have_their_parents_and_hangzhou_its_districts() -> None:
    regions = reference.region_table()
    parents = regions.filter(pl.col("parent_code").is_not_null())
    assert set(parents["parent_code"]) <= set(regions["region_code"])
    hangzhou = regions.filter((pl.col("parent_code") == "330100") & (pl.col("region_status") == "current"))
    assert set(hangzhou["region_name"]) == {
        "上城区", "拱墅区", "西湖区", "滨江区", "萧山区", "余杭区", "临平区", "钱塘区", "富阳区", "临安区", "桐庐县", "淳安县",
        "建德市",
    }  # fmt: skip
    abolished = regions.filter(pl.col("region_code").is_in(["330103", "330104"]))
    assert abolished["successor_code"].to_list() == ["330105", "330102"]


def test_provinces_are_thirty_one_and_three() -> None:
    provinces = reference.region_table().filter(pl.col("region_level") == "province")
    assert provinces.height == 34
    assert {"710000", "810000", "820000"} <= set(provinces["region_code"])


def test_the_teams_rows_follow_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "enterprise.csv").write_text(
        "enterprise_id,name,stage,product,province,city,district,source\nx1,示例企业,upstream,示例产品,浙江,杭州,西湖区,本队登记\n",
        encoding="utf-8",
    )
    enterprise, stage = reference.enterprise_tables(tmp_path)
    assert enterprise["enterprise_name"].to_list()[-1] == "示例企业"
    assert stage.filter(pl.col("enterprise_id") == "x1")["product"].item() == "示例产品"


def test_a_team_table_without_a_column_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "enterprise.csv").write_text("enterprise_id,name\nx1,示例企业\n", encoding="utf-8")
    with pytest.raises(ReferenceTableError, match="no column stage"):
        reference.enterprise_tables(tmp_path)
