"""The seats of enterprises, resolved as the places of applicants are."""

from __future__ import annotations

import polars as pl
import pytest

from transforms.enterprises import with_seats


@pytest.mark.parametrize(
    ("names", "codes", "confidence"),
    [
        (("浙江", "杭州", "滨江区"), ("330000", "330100", "330108"), "high"),
        (("浙江省", "杭州市", "临安"), ("330000", "330100", "330112"), "high"),
        (("浙江", "某地", None), ("330000", None, None), "low"),
        (("上海", None, "浦东新区"), ("310000", "310100", "310115"), "high"),
        ((None, "深圳", None), ("440000", "440300", None), "medium"),
        (("湖北", "武汉", "东湖高新区"), ("420000", "420100", None), "low"),  # no district of GB/T 2260
        ((None, None, None), (None, None, None), "none"),
    ],
)
def test_a_seat_has_the_codes_of_its_names(
    names: tuple[str | None, ...], codes: tuple[str | None, ...], confidence: str
) -> None:
    province, city, district = names
    register = pl.DataFrame(
        {"enterprise_id": ["x"], "enterprise_name": ["示例"], "source": ["own"]}
        | {"province": [province], "city": [city], "district": [district]},
        schema_overrides=dict.fromkeys(("province", "city", "district"), pl.String),
    )
    found = with_seats(register).row(0, named=True)
    assert (found["province_code"], found["city_code"], found["district_code"]) == codes
    assert found["place_confidence"] == confidence
    assert (found["province"], found["city"], found["district"]) == names


def test_a_district_that_is_gone_is_told_under_the_boundaries_of_either_year() -> None:
    register = pl.DataFrame(
        {"enterprise_id": ["x"], "enterprise_name": ["示例"], "source": ["own"]}
        | {"province": ["浙江"], "city": ["杭州"], "district": ["江干区"]}
    )
    found = with_seats(register).row(0, named=True)
    assert (found["district_code"], found["district_code_2020"], found["district_code_2023"]) == (
        "330104", "330104", "330102",
    )  # fmt: skip
    assert found["boundary_basis"] == "main_successor"
