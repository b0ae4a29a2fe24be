"""A hand-made door: twenty applications with every edge case that the metrics must get right.

The comments beside the applications say why each is there; the goldens in test_metrics.py count them by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from schemas.tables import WAREHOUSE_TABLES
from warehouse.build import BuildFacts

Rows = dict[str, list[dict[str, object]]]

ZHEJIANG, HANGZHOU, NINGBO = "330000", "330100", "330200"
BINJIANG, XIHU, JIANGGAN = "330108", "330106", "330104"
FACTS = BuildFacts(
    version_key="v1",
    patnav_version="0.1.0",
    taxonomy_version="t1",
    is_synthetic=True,
    cut_off_date=None,
    run_id="run-1",
    started_at=datetime(2022, 8, 1, 3, 0, tzinfo=UTC),
)

# id, office, patent type, filing year, place, applicants, family, {branch: level}
APPLICATIONS = [
    ("A01", "CN", "invention", 2018, (ZHEJIANG, HANGZHOU, BINJIANG), ["h1"], "F01", {"gpu": "core"}),
    # two core labels: counts once in its tier 2
    ("A02", "CN", "invention", 2018, (ZHEJIANG, HANGZHOU, XIHU), ["u1"], "F02", {"gpu": "core", "asic": "core"}),
    ("A03", "CN", "utility_model", 2018, (ZHEJIANG, NINGBO, None), ["n1"], "F03", {"cloud": "core"}),
    # a co-applicant: u1 is credited by whole counting only
    ("A04", "CN", "invention", 2020, (ZHEJIANG, HANGZHOU, BINJIANG), ["h1", "u1"], "F04", {"cloud": "core"}),
    # a district abolished since, and an applicant of the group h1
    ("A05", "CN", "invention", 2020, (ZHEJIANG, HANGZHOU, JIANGGAN), ["h2"], "F05", {"asic": "core"}),
    # related only, city unknown
    ("A06", "CN", "invention", 2020, (ZHEJIANG, None, None), ["u1"], "F06", {"gpu": "related"}),
    # Shanghai and Guangdong tie
    ("A07", "CN", "invention", 2018, ("310000", None, None), ["s1"], "F07", {"gpu": "core"}),
    ("A08", "CN", "invention", 2020, ("310000", None, None), ["s1"], "F08", {"gpu": "core"}),
    ("A09", "CN", "utility_model", 2020, ("440000", "440300", None), ["g1"], "F09", {"cloud": "core"}),
    # 2021 is not complete
    ("A10", "CN", "invention", 2021, ("440000", "440300", None), ["g1"], "F10", {"cloud": "core"}),
    ("A11", "CN", "invention", 2020, ("710000", None, None), ["t1"], "F11", {"gpu": "core"}),
    # abroad; a family over CN, US and WO
    ("A12", "CN", "invention", 2020, ("CA", None, None), ["m1"], "F12", {"gpu": "core"}),
    # neither place nor applicant
    ("A13", "CN", "invention", 2020, (None, None, None), [], "F13", {"asic": "core"}),
    # a design: never counted
    ("A14", "CN", "design", 2020, (ZHEJIANG, HANGZHOU, BINJIANG), ["h1"], "F14", {"gpu": "core"}),
    ("A15", "US", "invention", 2018, ("CA", None, None), ["m1"], "F12", {"gpu": "core"}),
    ("A16", "US", "invention", 2020, ("CA", None, None), ["m1"], "F16", {"cloud": "core"}),
    # WO is not ranked
    ("A17", "WO", "invention", 2020, ("CA", None, None), ["m1"], "F12", {"gpu": "core"}),
    ("A18", "JP", "invention", 2020, (None, None, None), ["j1"], "F18", {"asic": "core"}),
    # no filing year
    ("A19", "KR", "invention", None, (None, None, None), ["k1"], "F19", {"gpu": "core"}),
    # no label at all
    ("A20", "EP", "invention", 2020, ("CA", None, None), ["m1"], "F16", {}),
]
_NAMES = {"CA": "CA", ZHEJIANG: "浙江", "310000": "上海", "440000": "广东", "710000": "台湾"}
# A01 is published a second time with its grant; of the family F12 the Chinese member is granted.
_GRANTED = {"A01": date(2020, 1, 10), "A03": date(2019, 3, 5), "A12": date(2022, 1, 4)}
# 2018 is published in 2020; the latest publication, 15 July 2022, makes 2020 the last complete year.
_PUBLISHED = {year: date(year + 2, 1, 10) for year in range(2000, 2020)}
_PUBLISHED |= {2020: date(2021, 10, 10), 2021: date(2022, 7, 15), None: None}

_REGIONS = [
    ("110000", "北京市", "北京", "province", None, "current"),
    ("310000", "上海市", "上海", "province", None, "current"),
    (ZHEJIANG, "浙江省", "浙江", "province", None, "current"),
    ("440000", "广东省", "广东", "province", None, "current"),
    ("710000", "台湾省", "台湾", "province", None, "current"),
    (HANGZHOU, "杭州市", "杭州", "city", ZHEJIANG, "current"),
    (NINGBO, "宁波市", "宁波", "city", ZHEJIANG, "current"),
    ("330300", "温州市", "温州", "city", ZHEJIANG, "current"),
    ("440300", "深圳市", "深圳", "city", "440000", "current"),
    ("330102", "上城区", "上城区", "district", HANGZHOU, "current"),
    (JIANGGAN, "江干区", "江干区", "district", HANGZHOU, "abolished"),
    (XIHU, "西湖区", "西湖区", "district", HANGZHOU, "current"),
    (BINJIANG, "滨江区", "滨江区", "district", HANGZHOU, "current"),
    # One short name, two codes: the current one is meant.
    ("330112", "临安区", "临安", "district", HANGZHOU, "current"),
    ("330185", "临安市", "临安", "district", HANGZHOU, "abolished"),
]
_OFFICES = [("CN", "中国", True, True), ("US", "美国", True, True), ("JP", "日本", True, True)]
_OFFICES += [("KR", "韩国", True, True), ("EP", "欧洲专利局", True, True), ("WO", "世界知识产权组织", False, False)]
_BRANCHES = [
    ("gpu", "chip", "part"),
    ("asic", "chip", "part"),
    ("cloud", "cluster", "system"),
    ("quantum", "new_physics", "future"),
]
_ENTERPRISES = [
    ("e1", ("浙江", "杭州", "滨江区"), (ZHEJIANG, HANGZHOU, BINJIANG), ["upstream"]),
    ("e2", ("浙江省", "杭州市", "西湖区"), (ZHEJIANG, HANGZHOU, XIHU), ["upstream", "downstream"]),
    ("e3", ("浙江", "宁波", None), (ZHEJIANG, NINGBO, None), ["midstream"]),
    ("e4", ("浙江", "某地", None), (ZHEJIANG, None, None), ["midstream"]),
    ("e5", ("上海", "上海", "浦东新区"), ("310000", "310100", "310115"), ["upstream"]),
    ("e6", ("浙江", "杭州", "临安"), (ZHEJIANG, HANGZHOU, "330112"), ["downstream"]),
]
# What a district is under the boundaries of 2023, where that is another one.
_SINCE_2021 = {JIANGGAN: "330102"}


def world(applications: list[tuple] = APPLICATIONS) -> Rows:
    """schema.name -> rows; columns that are left out are null. The first application is published twice."""
    publications = _numbered_publications(applications)
    return {
        "core.publication": [_publication(*at, is_last=at is publications[-1]) for at in publications],
        "core.publication_text": [
            {"publication_number": number, "abstract": f"摘要 {number}", "claims": None}
            for _, number, _ in publications
        ],
        "core.publication_source": _sources([number for _, number, _ in publications]),
        "core.application": [_application(row, publications) for row in applications],
        "core.family": _families(applications),
        "core.applicant": [_applicant(name) for name in ("h1", "h2", "u1", "n1", "s1", "g1", "t1", "m1", "j1", "k1")],
        "core.application_applicant": [_link(row[0], row[5], at) for row in applications for at in range(len(row[5]))],
        "core.application_symbol": [
            {"application_id": row[0], "scheme": "IPC", "symbol": "G06N3/063", "position": 1} for row in applications
        ],
        "core.application_branch": [_label(row, branch) for row in applications for branch in row[7]],
        "core.branch": [_branch(*row) for row in _BRANCHES],
        "core.region": [_region(*row) for row in _REGIONS],
        "core.office": [
            {"office": code, "name_zh": zh, "name_en": code, "is_ip5": ip5, "is_national": national}
            for code, zh, ip5, national in _OFFICES
        ],
        "core.enterprise": [
            {
                "enterprise_id": enterprise,
                "enterprise_name": f"测试企业 {enterprise}",
                **dict(zip(("province", "city", "district"), names, strict=True)),
                **_codes(codes),
                "source": "test",
            }
            for enterprise, names, codes, _ in _ENTERPRISES
        ],
        "core.enterprise_stage": [
            {"enterprise_id": row[0], "chain_stage": stage, "product": "", "source": "test"}
            for row in _ENTERPRISES
            for stage in row[3]
        ],
        "core.review_decision": [
            {
                "publication_number": "CN999999999A",
                "branch": "gpu",
                "decision": "none",
                "reviewer": "test",
                "decision_date": date(2024, 5, 1),
            }
        ],
        "core.enterprise_applicant": [{"enterprise_id": "e1", "applicant_id": "h1", "matched_by": "name"}],
        "core.applicant_group": [{"applicant_id": "h2", "group_id": "h1", "source": "test"}],
        "core.applicant_suggestion": [
            {
                "applicant_id": "u1",
                "other_applicant_id": "n1",
                "similarity": 0.9,
                "suggested_by": "spelling",
                "name": "U",
                "other_name": "N",
                "rows": 1,
                "other_rows": 2,
            }
        ],
        "core.applicant_decision": [
            {"alias": "U One", "name_decision": "same", "applicant_id": "u1", "times_named": 0, "reason": "test"}
        ],
        "core.place_correction": [{"publication_number": "CN999999999A", "correction_date": date(2024, 5, 1)}],
        "core.publication_value": [
            {
                "publication_number": publications[0][1],
                "field": "title",
                "source_file_id": source,
                "row_number": 1,
                "field_value": f"标题 {source}",
                "is_chosen": source == "f1",
                "decided_by": "precedence",
            }
            for source in ("f1", "f2")
        ],
        "core.correction": [
            {
                "correction": "value",
                "publication_number": "CN999999999A",
                "field": "title",
                "other_publication_number": "",
                "field_value": "标题",
                "reviewer": "test",
                "decision_date": date(2024, 5, 1),
                "is_applied": False,
            }
        ],
        "meta.field_coverage": [
            {
                "source_file_id": "f1",
                "field": field,
                "coverage_year": year,
                "coverage_records": 40,
                "covered_records": covered,
                "expected_share": expected,
            }
            for field, expected, covered in (("title", 0.95, 38), ("abstract", None, 30), ("claims", None, 0))
            for year in (2018, 2019, 2020)
        ],
        "meta.row_correction": [
            {
                "corrected_file": "f1.csv",
                "row_number": 3,
                "column_header": "标题",
                "field_value": "标题",
                "source_file_id": "f1",
                "reviewer": "test",
                "decision_date": date(2024, 5, 1),
                "is_applied": True,
            }
        ],
        "core.family_suggestion": [_suggestion(*sorted({row[6] for row in applications})[:2])],
        "core.chain_node": [
            {
                "node_id": "ai_chip",
                "chain_stage": "upstream",
                "title_zh": "AI芯片",
                "title_en": "AI chips",
                "origin": "seed",
                "branches": ["gpu"],
            }
        ],
        "core.policy": [
            {"policy_id": "1", "issued_in": "2023-02", "issuer": "测试", "policy_title": "测试政策", "source": "test"}
        ],
        "meta.source_file": [
            _source_file(
                "f1", rows_in=len(publications) + 3, loaded=len(publications) - 1, duplicate=1, quarantined=2, blank=1
            ),
            _source_file("f2", rows_in=3, loaded=1, duplicate=2, quarantined=0, blank=0),
        ],
        "meta.rejected_row": [
            _rejected(10_001, "publication_number_shape"),
            _rejected(10_002, "publication_number_shape"),
            _rejected(10_002, "filing_date_range"),
        ],
    }


def write_door(folder: Path, rows: Rows) -> Path:
    """One Parquet file per declared table, with the declared types."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in WAREHOUSE_TABLES:
        complete = [{name: row.get(name) for name in table.columns} for row in rows[table.full_name]]
        pl.DataFrame(complete, schema=table.polars_schema).write_parquet(folder / f"{table.full_name}.parquet")
    return folder


def _numbered_publications(applications: list[tuple]) -> list[tuple[tuple, str, int]]:
    """(application, publication number, row of f1)."""
    plain = [(row, f"{row[1]}1000000{row[0][1:]}A") for row in applications]
    twice = [(applications[0], f"{plain[0][1][:-1]}B")]
    return [(row, number, at) for at, (row, number) in enumerate(plain[:1] + twice + plain[1:], start=1)]


def _publication(application: tuple, number: str, row_number: int, is_last: bool) -> dict[str, object]:
    return {
        "publication_number": number,
        "office": application[1],
        "document_number": number[2:-1],
        "kind_code": number[-1],
        "stage": "grant" if number.endswith("B") else "application",
        "patent_type": application[2],
        "application_id": application[0],
        "title": f"标题 {number}",
        "filing_year": application[3],
        "publication_date": _PUBLISHED[application[3]],
        "applicants": application[5] or None,
        "provinces": _provinces(application),
        "publication_number_original": number,
        "source_file_id": "f2" if is_last else "f1",
        "row_number": 1 if is_last else row_number,
    }


def _provinces(application: tuple) -> list[str] | None:
    """As an export writes them: of two applicants every other application names a second province."""
    first = _NAMES.get(application[4][0])
    second = ["上海市"] if len(application[5]) > 1 and int(application[0][1:]) % 2 == 0 else []
    return [first, *second] if first else None


def _sources(numbers: list[str]) -> list[dict[str, object]]:
    from_f1 = [("f1", at, number, True) for at, number in enumerate(numbers[:-1], start=1)]
    repeated = [("f1", len(numbers), numbers[2], False)]
    from_f2 = [("f2", 1, numbers[-1], True), ("f2", 2, numbers[0], False), ("f2", 3, numbers[2], False)]
    names = ("source_file_id", "row_number", "publication_number", "is_first")
    return [dict(zip(names, row, strict=True)) for row in from_f1 + repeated + from_f2]


def _application(row: tuple, publications: list[tuple[tuple, str, int]]) -> dict[str, object]:
    application, office, patent_type, year, place, applicants, family, _ = row
    province = place[0]
    is_code = province is not None and province.isdigit()
    return {
        "application_id": application,
        "application_id_basis": "publication_number" if application == "A19" else "application_number",
        "office": office,
        "filing_date": date(year, 5, 1) if year else None,
        "filing_year": year,
        "patent_type": patent_type,
        "legal_status": "unknown" if application == "A18" else "active",
        "grant_date": _GRANTED.get(application),
        "family_id": family,
        "representative_publication_number": f"{office}1000000{application[1:]}A",
        "publications": sum(each is row for each, _, _ in publications),
        "title": f"标题 {application}",
        "applicant_basis": "applicants" if applicants else None,
        "province": _NAMES.get(province),
        **_codes(place if is_code else (None, *place[1:])),
        "place_basis": "single" if province else "unknown",
    }


def _codes(place: tuple[str | None, ...]) -> dict[str, object]:
    """The codes of a place, and its district under the boundaries of 2020 and of 2023."""
    province, city, district = place
    return {
        "province_code": province,
        "city_code": city,
        "district_code": district,
        "district_code_2020": district,
        "district_code_2023": _SINCE_2021.get(district, district),
    }


def _families(applications: list[tuple]) -> list[dict[str, object]]:
    families = sorted({row[6] for row in applications})
    members = {family: [row for row in applications if row[6] == family] for family in families}
    return [
        {
            "family_id": family,
            "family_definition": "same_priorities" if len(members[family]) > 1 else "single_application",
            "representative_application_id": members[family][0][0],
            "applications": len(members[family]),
            "offices": sorted(row[1] for row in members[family]),
        }
        for family in families
    ]


def _suggestion(family: str, near: str) -> dict[str, object]:
    return {
        "family_id": near,
        "suggested_family_id": family,
        "suggestion_reason": "shared_priority",
        "shared_value": "CN201800000001",
    }


def _applicant(name: str) -> dict[str, object]:
    return {
        "applicant_id": name,
        "applicant_name": f"测试申请人 {name}",
        "group_id": "h1" if name == "h2" else name,
        "applicant_type": "university" if name == "u1" else "company",
        "country": "US" if name == "m1" else "CN",
    }


def _link(application: str, applicants: list[str], at: int) -> dict[str, object]:
    return {
        "application_id": application,
        "position": at + 1,
        "applicant_id": applicants[at],
        "name_as_filed": applicants[at],
        "fraction": 1 / len(applicants),
    }


def _label(row: tuple, branch: str) -> dict[str, object]:
    return {
        "application_id": row[0],
        "branch": branch,
        "level": row[7][branch],
        "score": 1.0,
        "is_primary": branch == next(iter(row[7])),
        "evidence": [{"kind": "term", "value": branch, "field": "title", "position": 0}],
        "taxonomy_version": "t1",
    }


def _branch(branch: str, tier2: str, tier1: str) -> dict[str, object]:
    return {
        "branch": branch,
        "tier1": tier1,
        "tier2": tier2,
        "title_zh": f"{branch} 分支",
        "title_en": branch,
        "tier1_title_zh": f"{tier1} 分支",
        "tier1_title_en": tier1,
        "tier2_title_zh": f"{tier2} 分支",
        "tier2_title_en": tier2,
        "origin": "reconstructed" if branch == "quantum" else "seed",
        "tier1_origin": "seed",
        "tier2_origin": "reconstructed" if tier2 == "new_physics" else "seed",
        "is_hot_in_seed": False,
        "priority": 1,
        "branch_version": "0123456789ab",
    }


def _region(code: str, name: str, short: str, level: str, parent: str | None, status: str) -> dict[str, object]:
    return {
        "region_code": code,
        "region_name": name,
        "short_name": short,
        "region_level": level,
        "parent_code": parent,
        "region_status": status,
        # 江干 was there until 2021; 临安市 had become a district by 2017.
        "is_in_2020": status == "current" or code == JIANGGAN,
        "is_in_2023": status == "current",
        "source": "test",
    }


def _source_file(name: str, **rows: int) -> dict[str, object]:
    return {
        "source_file_id": name,
        "path": f"{name}.csv",
        "sha256": name * 8,
        "bytes": 100,
        "export": "lens_csv",
        "status": "loaded",
        "unmapped_columns": [],
        "header_drift": [],
        "is_probably_cut_off": False,
        "remarks": [],
        **rows,
    }


def _rejected(row_number: int, rule: str) -> dict[str, object]:
    return {"source_file_id": "f1", "row_number": row_number, "rule": rule, "reason": "test", "raw": "{}"}
