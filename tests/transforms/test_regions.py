"""Places from columns and addresses, under their parents and under either boundaries, and the team's corrections."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from schemas.errors import ReferenceTableError
from schemas.reference import region_table
from tests.conftest import real_file
from transforms.applications import with_filing
from transforms.gazetteer import Place, of_address, place_of
from transforms.landing import land
from transforms.regions import correction_log, read_place_corrections, with_place_of_first_applicant

CODES = ("country", "province_code", "city_code", "district_code")


def codes(place: Place) -> tuple:
    return tuple(getattr(place, name) for name in CODES)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("浙江", "杭州", "滨江区"), ("CN", "330000", "330100", "330108")),
        (("浙江省", "杭州市", "滨江"), ("CN", "330000", "330100", "330108")),
        (("中国; 33", None, None), ("CN", "330000", None, None)),
        (("[浙江]", "义乌市", None), ("CN", "330000", "330700", "330782")),
        (("重庆", "重庆", "忠县"), ("CN", "500000", "500200", "500233")),
        (("北京", "朝阳", None), ("CN", "110000", "110100", "110105")),
        (("吉林", "延边", "敦化市"), ("CN", "220000", "222400", "222403")),
        (("吉林", "吉林", "朝阳区"), ("CN", "220000", "220200", None)),
        ((None, "深圳", None), ("CN", "440000", "440300", None)),
        (("浙江", "南京", None), ("CN", "330000", None, None)),
        (("TW", None, None), ("TW", "710000", None, None)),
        (("HK", None, None), ("HK", "810000", None, None)),
        (("MO", None, None), ("MO", "820000", None, None)),
        (("MO", "SAINT LOUIS", None), ("US", None, None, None)),
        (("CA", "CUPERTINO", None), ("US", None, None, None)),
        (("Tōkyō-to", "Minato-ku", None), ("JP", None, None, None)),
        (("TOKYO", None, None), ("JP", None, None, None)),
        (("Ōsaka-fu", None, None), ("JP", None, None, None)),
        (("佛罗里达州", None, None), ("US", None, None, None)),
        (("KR", None, None), ("KR", None, None, None)),
        (("SH", "Büsingen", None), (None, None, None, None)),
        (("O1", None, None), (None, None, None, None)),
        ((None, None, None), (None, None, None, None)),
    ],
)
def test_columns_are_read_under_their_parents(said: tuple, expected: tuple) -> None:
    assert codes(place_of(*said)) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("310051 浙江省杭州市滨江区示例路1号", ("CN", "330000", "330100", "330108")),
        ("浙江省桐乡市示例街道1号", ("CN", "330000", "330400", "330483")),
        ("杭州市余杭区示例路", ("CN", "330000", "330100", "330110")),
        ("广东深圳龙岗坂田", ("CN", "440000", "440300", "440307")),
        ("上海市闸北区示例路1号", ("CN", "310000", "310100", "310108")),
        ("江苏省徐州市徐州经济开发区", ("CN", "320000", "320300", None)),
        ("广东省广州市天河路1号", ("CN", "440000", "440100", None)),
        ("吉林省延边朝鲜族自治州敦化市示例小区", ("CN", "220000", "222400", "222403")),
        ("内蒙古呼和浩特", ("CN", "150000", "150100", None)),
        ("湖北省仙桃市示例大道", ("CN", "420000", "429000", "429004")),
        ("重庆市忠县示例镇", ("CN", "500000", "500200", "500233")),
        ("中国台湾新竹市示例路", ("TW", "710000", None, None)),
        ("香港九龙示例道", ("HK", "810000", None, None)),
        ("新竹市示例六路", ("TW", "710000", None, None)),
        ("德国示例城", ("DE", None, None, None)),
        ("東京都港区示例1-1", ("JP", None, None, None)),
        ("No. 1 Sample Rd., Binjiang District, Hangzhou, Zhejiang 310051, China", ("CN", "330000", "330100", "330108")),
        ("Xi'an, Shaanxi Province, P.R. China", ("CN", "610000", "610100", None)),
        ("Taizhou, Jiangsu, CN", ("CN", "320000", "321200", None)),
        ("Building 3, Taizhou, China", ("CN", None, None, None)),  # 台州 or 泰州
        ("1 Sample Way, Redmond, WA 98052, US", ("US", None, None, None)),
        ("示例大厦三楼", (None, None, None, None)),
    ],
)
def test_addresses_are_read_from_their_beginning(address: str, expected: tuple) -> None:
    assert codes(of_address(address)) == expected


def test_what_contradicts_is_left_out_with_low_confidence() -> None:
    assert place_of("浙江", "南京").confidence == "low"
    assert place_of("浙江", "杭州", "滨江区").confidence == "high"
    assert place_of(None, "深圳").confidence == "medium"
    assert place_of(None).confidence == "none"


def test_an_address_fills_what_the_columns_leave_open_and_never_overrules_them() -> None:
    assert codes(place_of("浙江", None, None, "浙江省杭州市滨江区示例路")) == ("CN", "330000", "330100", "330108")
    assert codes(place_of("浙江", "宁波", None, "浙江省杭州市滨江区示例路")) == ("CN", "330000", "330200", None)


# ── boundaries ───────────────────────────────────────────────────────────────────────────────────────────────────


def placed(address: str, filed: date | None = None, year: int | None = None) -> dict:
    lists = dict.fromkeys(("provinces", "cities", "districts", "addresses"), pl.List(pl.String))
    frame = pl.DataFrame(
        [("A", None, None, None, [address], filed, year)],
        schema={"application_id": pl.String} | lists | {"filing_date": pl.Date, "filing_year": pl.Int32},
        orient="row",
    )
    return with_place_of_first_applicant(frame).row(0, named=True)


@pytest.mark.parametrize(
    ("address", "filed", "in_2020", "in_2023", "basis"),
    [
        ("浙江省杭州市余杭区临平街道示例路1号", date(2018, 5, 1), "330110", "330113", "street"),
        ("浙江省杭州市余杭区塘栖镇示例村", date(2018, 5, 1), "330110", "330113", "street"),
        ("浙江省杭州市临平区临平街道示例路1号", date(2023, 5, 1), "330110", "330113", "street"),
        ("浙江省杭州市临平区示例路1号", date(2023, 5, 1), "330110", "330113", "successor"),
        ("浙江省杭州市余杭区五常街道示例路1号", date(2018, 5, 1), "330110", "330110", "street"),
        ("浙江省杭州市余杭区示例路1号", date(2018, 5, 1), "330110", "330110", "main_successor"),
        ("浙江省杭州市余杭区示例路1号", date(2023, 5, 1), "330110", "330110", "unchanged"),
        ("浙江省杭州市江干区下沙街道示例路", date(2018, 5, 1), "330104", "330114", "street"),
        ("浙江省杭州市江干区示例路", date(2018, 5, 1), "330104", "330102", "main_successor"),
        ("浙江省杭州市萧山区河庄街道", date(2018, 5, 1), "330109", "330114", "street"),
        ("浙江省杭州市钱塘区河庄街道", date(2023, 5, 1), "330109", "330114", "street"),
        ("浙江省杭州市上城区九堡街道", date(2023, 5, 1), "330104", "330102", "street"),
        ("浙江省杭州市下城区示例路", date(2018, 5, 1), "330103", "330105", "successor"),
        ("浙江省余杭市塘栖镇", date(1999, 5, 1), "330110", "330113", "street"),
        ("浙江省杭州市滨江区示例路", date(2018, 5, 1), "330108", "330108", "unchanged"),
        ("上海市闸北区示例路", date(2013, 5, 1), "310106", "310106", "successor"),
        ("福建省三明市沙县区示例路", date(2023, 5, 1), "350427", "350405", "successor"),
    ],
)
def test_an_address_is_counted_under_either_boundaries(
    address: str, filed: date, in_2020: str, in_2023: str, basis: str
) -> None:
    found = placed(address, filed)
    assert (found["district_code_2020"], found["district_code_2023"]) == (in_2020, in_2023)
    assert found["boundary_basis"] == basis


def test_the_place_of_an_address_says_so() -> None:
    found = placed("浙江省杭州市滨江区示例路", date(2018, 5, 1))
    assert (found["province"], found["city"], found["district"], found["place_basis"]) == (
        "浙江",
        "杭州",
        "滨江区",
        "address",
    )
    abroad = placed("德国示例城")
    assert (abroad["province"], abroad["province_code"], abroad["place_country"]) == ("德国", None, "DE")


def test_either_vintage_has_only_regions_of_its_year() -> None:
    regions = region_table().filter(pl.col("region_level") == "district")
    frame = regions.filter(pl.col("region_status") == "abolished").select(
        pl.col("region_code").alias("district_code"),
        pl.lit("").alias("_rest"),
        pl.lit(None, pl.Date).alias("filing_date"),
        pl.lit(2010).alias("filing_year"),
    )
    from transforms.boundaries import with_vintages

    counted = with_vintages(frame).join(regions, left_on="district_code", right_on="region_code", validate="1:1")
    with_successor = counted.filter(pl.col("successor_code").is_not_null())
    today = set(regions.filter("is_in_2023")["region_code"])
    assert set(with_successor["district_code_2023"]) <= today
    assert with_successor.height > 100


# ── corrections ──────────────────────────────────────────────────────────────────────────────────────────────────

HEADER = "publication_number,province,city,district,reviewer,correction_date,reason\n"
APPLICATIONS = pl.DataFrame(
    {"application_id": ["A", "B"], "provinces": [["浙江"], ["江苏"]], "cities": [["杭州"], None], "districts": [["西湖区"], None]},
    schema_overrides={"cities": pl.List(pl.String), "districts": pl.List(pl.String)},
)  # fmt: skip
PUBLICATIONS = pl.DataFrame({"publication_number": ["CN101000001A"], "application_id": ["A"]})


def test_a_correction_overrules_and_is_logged(tmp_path: Path) -> None:
    (tmp_path / "place_correction.csv").write_text(
        HEADER
        + "CN101000001A,浙江,杭州,余杭区,ann,2024-01-01,first\nCN101000001A,浙江,宁波,余姚市,ann,2024-02-01,moved\n"
        + "CN101000009A,浙江,,,ann,2024-02-01,not here yet\n",
        encoding="utf-8",
    )
    corrections = with_filing(read_place_corrections(tmp_path), PUBLICATIONS)
    found = with_place_of_first_applicant(APPLICATIONS, corrections).row(0, named=True)
    assert (found["city"], found["district_code"], found["place_basis"]) == ("宁波", "330281", "correction")
    log = correction_log(corrections, with_place_of_first_applicant(APPLICATIONS)).sort("publication_number")
    assert log.select("application_id", "district_code", "rule_district_code").rows() == [
        ("A", "330281", "330106"),
        (None, None, None),
    ]
    untouched = with_place_of_first_applicant(APPLICATIONS, corrections).row(1, named=True)
    assert untouched["province_code"] == "320000" and untouched["place_basis"] == "single"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("CN101000001A,浙江,南京,,ann,2024-01-01,x", "南京"),
        ("CN101000001A,浙江,杭州,西湖区,ann,sometime,x", "sometime"),
        ("nothing,浙江,杭州,西湖区,ann,2024-01-01,x", "nothing"),
    ],
)
def test_a_correction_that_cannot_be_used_is_refused_by_line(tmp_path: Path, line: str, found: str) -> None:
    (tmp_path / "place_correction.csv").write_text(HEADER + line + "\n", encoding="utf-8")
    with pytest.raises(ReferenceTableError, match=f"line 2.*{found}"):
        read_place_corrections(tmp_path)


# ── real files ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_address_of_the_cnipr_export_resolves() -> None:
    sheet = openpyxl.load_workbook(real_file("cn_cnipr_carrotc/cnipr_export_200.xlsx"), read_only=True).active
    header, *rows = sheet.iter_rows(values_only=True)
    addresses = [row[header.index("地址")] for row in rows if row[header.index("地址")]]
    assert len(addresses) == 199
    found = [of_address(address) for address in addresses]
    # Two countries abroad have no province of ours; the mainland, Hong Kong and Taiwan have.
    assert {place.country for place in found if place.province_code is None} == {"AU", "DE"}
    without_city = [place.country for place in found if place.city_code is None]
    assert sorted(without_city) == ["AU", "DE", "HK", "HK", "TW"]
    assert 1 - len(without_city) / len(addresses) >= 0.95


@pytest.fixture(scope="module")
def ar() -> pl.DataFrame:
    return land(real_file("patsnap_renyidake/AR眼镜.XLSX"), "ar", "AR眼镜.XLSX").accepted


def test_zhejiang_of_the_ar_file(ar: pl.DataFrame) -> None:
    places = with_place_of_first_applicant(ar)
    zhejiang = places.filter(pl.col("provinces").list.contains("浙江"))
    assert (zhejiang.height, zhejiang.filter(office="CN").height) == (339, 284)
    cities = dict(zhejiang.filter(pl.col("province_code") == "330000").group_by("city").len().rows())
    assert cities == {"杭州": 185, "宁波": 80, "台州": 36, "嘉兴": 14, "绍兴": 9, "金华": 6, "湖州": 6, "温州": 1}
    districts = dict(places.filter(pl.col("province_code") == "330000").group_by("district").len().rows())
    assert [districts[name] for name in ("滨江区", "余姚市", "西湖区", "椒江区", "余杭区")] == [96, 60, 44, 34, 23]
    by_code = places.filter(pl.col("district") == "江干区").select("district_code", "district_code_2023").unique()
    assert by_code.rows() == [("330104", "330102")]


def test_owners_of_the_ar_file(ar: pl.DataFrame) -> None:
    from transforms.applicants import harmonise, keyed_names

    found = harmonise(keyed_names(ar["current_owners"].explode(empty_as_null=False, keep_nulls=False)))
    owner = {
        name: (applicant, group)
        for name, applicant, group in found.select("name_as_filed", "applicant_id", "group_id").rows()
    }
    assert owner["脸谱科技有限责任公司"] == owner["元平台技术有限公司"] == ("facebook_technologies", "meta")
    assert owner["元平台公司"] == ("meta", "meta")
    for name in (
        "华为技术有限公司",
        "华为终端有限公司",
        "华为机器有限公司",
        "华为技术(美国)有限公司",
        "上海海思技术有限公司",
    ):
        assert owner[name] == ("huawei", "huawei")
    assert owner["海思智财控股有限公司"][1] != "huawei" and owner["荣耀终端有限公司"] == ("honor", "honor")
    boe = {name: found for name, found in owner.items() if "京东方" in name}
    assert len(boe) == 9 and {group for _, group in boe.values()} == {"boe"}
    assert owner["京东方科技集团股份有限公司"][0] == "boe" and len({applicant for applicant, _ in boe.values()}) == 9
