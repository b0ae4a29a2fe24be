"""Real exports against figures counted independently of this project. Skipped with a reason where the files are not here."""

from __future__ import annotations

import shutil

import pytest

from flows.explain import explain_publication
from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import create
from tests.conftest import real_file
from warehouse.question import ask

PATSNAP = "patsnap_renyidake/AR眼镜.XLSX"
LENS = "lens_ai_nano_bowow/lens-8-ai-and-nanotech_with_legal_status.csv"
GOOGLE = [f"gp_faysal_ai/gp_search/gp-search-20251001-{stamp}.csv" for stamp in ("102423", "102718", "102842")]
ROWS_IN = {PATSNAP: 17_113, LENS: 394, GOOGLE[0]: 10_663, GOOGLE[1]: 10_550, GOOGLE[2]: 5_321}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    workspace = create(tmp_path_factory.mktemp("real") / "w")
    for relative in ROWS_IN:
        shutil.copy(real_file(relative), workspace.inbox)
    report = refresh(workspace, Progress(quiet=True))
    assert report.is_partial
    return workspace.database


def rows(database, sql: str) -> list[tuple]:
    return ask(database, sql).rows


OF_PATSNAP = "list_contains(exports, 'patsnap_xlsx')"


def numbers(database, sql: str) -> list[tuple]:
    """Rows whose last column is a sum of weights."""
    return [(*row[:-1], int(row[-1])) for row in rows(database, sql)]


def test_every_row_of_every_file_is_accounted_for(database) -> None:
    found = dict(rows(database, "SELECT path, rows_in FROM meta.source_file"))
    assert found == {relative.rsplit("/", 1)[1]: number for relative, number in ROWS_IN.items()}
    assert rows(
        database, "SELECT count(*) FROM meta.source_file WHERE rows_in <> loaded + duplicate + quarantined + blank"
    ) == [(0,)]


def test_withheld_rows_are_quarantined_and_nothing_else_of_that_file(database) -> None:
    found = rows(
        database,
        """
        SELECT rejected.rule, rejected.raw LIKE '%不支持导出%'
        FROM meta.rejected_row AS rejected
        JOIN meta.source_file AS file USING (source_file_id)
        WHERE file.export = 'patsnap_xlsx'
        """,
    )
    assert found == [("number_not_exportable", True)] * 2


# What the tool itself shows of these 17,111 documents, counted apart from this project and asked of metrics.* alone.


def test_publications_by_office(database) -> None:
    counted = f"FROM metrics.counted_publication() WHERE {OF_PATSNAP}"
    assert numbers(database, f"SELECT sum(weight) {counted}") == [(17_111,)]
    offices = numbers(
        database, f"SELECT office, sum(weight) AS documents {counted} GROUP BY office ORDER BY documents DESC"
    )
    assert len(offices) == 45
    assert offices[:12] == [
        ("CN", 4411), ("US", 4252), ("WO", 2381), ("JP", 1318), ("EP", 1308), ("KR", 1087), ("TW", 448), ("DE", 432), ("IN", 296),
        ("IL", 228), ("CA", 199), ("AU", 198),
    ]  # fmt: skip


def owners(database, credit: str) -> list[tuple]:
    return numbers(
        database,
        f"SELECT named, sum(weight) AS documents FROM metrics.counted_publication(counted_by := 'owner', "
        f"credit := '{credit}') WHERE {OF_PATSNAP} AND named IS NOT NULL GROUP BY named ORDER BY documents DESC, named",
    )


def test_owners_whole_and_first(database) -> None:
    whole = owners(database, "whole")
    assert len(whole) == 2458  # 2,459 if the dash that stands for no owner is taken for a name
    assert whole[:10] == [
        ("奇跃公司", 1723), ("脸谱科技有限责任公司", 1157), ("鲁姆斯有限公司", 929), ("微软技术许可有限责任公司", 747),
        ("谷歌有限责任公司", 455),
        ("三星电子株式会社", 425), ("京东方科技集团股份有限公司", 402), ("索尼公司", 325), ("精工爱普生株式会社", 303), ("苹果公司", 209),
    ]  # fmt: skip
    first = dict(owners(database, "first"))
    assert [first[name] for name, _ in whole[:8]] == [1723, 1156, 926, 747, 454, 424, 371, 324]


def of_zhejiang(database, counted_by: str, key: str) -> dict:
    """By the first name of each document that names Zhejiang at all."""
    sql = f"""
        SELECT {key}, sum(weight)
        FROM metrics.counted_publication(counted_by := '{counted_by}', credit := 'first')
        WHERE {OF_PATSNAP} AND list_contains(provinces, '浙江')
        GROUP BY ALL
    """
    return dict(numbers(database, sql))


def test_zhejiang_its_cities_and_districts(database) -> None:
    at_office = of_zhejiang(database, "publication", "office")
    assert (sum(at_office.values()), at_office["CN"]) == (339, 284)
    cities = of_zhejiang(database, "city", "named")
    assert {city: number for city, number in cities.items() if city != "OV"} == {
        "杭州": 185, "宁波": 80, "台州": 36, "嘉兴": 14, "绍兴": 9, "湖州": 6, "金华": 6, "温州": 1,
    }  # fmt: skip
    assert cities["OV"] == 2  # a joint filing of Leuven, Ghent and Zhejiang University
    districts = of_zhejiang(database, "district", "named")
    expected = {"滨江区": 96, "余姚市": 60, "西湖区": 44, "椒江区": 34, "余杭区": 23, None: 19}
    assert {name: districts[name] for name in expected} == expected
    years = of_zhejiang(database, "publication", "filing_year")
    assert [years[year] for year in range(2017, 2023)] == [26, 37, 59, 81, 70, 48]


def test_years_status_and_stage(database) -> None:
    counted = f"FROM metrics.counted_publication() WHERE {OF_PATSNAP}"
    years = dict(numbers(database, f"SELECT filing_year, sum(weight) {counted} AND office = 'CN' GROUP BY 1"))
    assert [years[year] for year in range(2016, 2023)] == [280, 459, 601, 630, 797, 686, 470]
    assert dict(numbers(database, f"SELECT legal_status, sum(weight) {counted} GROUP BY 1")) == {
        "active": 6053, "pending": 5993, "inactive": 2628, "pct_designation_expired": 1912, "pct_designation_period": 469, "unknown": 56,
    }  # fmt: skip


@pytest.mark.nightly
def test_the_metrics_of_that_file_alone_say_the_same(tmp_path) -> None:
    """Its documents name no filings, so that each is one: here the metrics must give the tool's own figures."""
    workspace = create(tmp_path / "w")
    shutil.copy(real_file(PATSNAP), workspace.inbox)
    refresh(workspace, Progress(quiet=True))
    alone = workspace.database
    offices = dict(rows(alone, "SELECT office, applications FROM metrics.m03_office_ranking WHERE label_level = 'all'"))
    assert [offices[office] for office in ("CN", "US", "WO", "JP", "EP", "KR", "TW")] == [
        4411, 4252, 2381, 1318, 1308, 1087, 448,
    ]  # fmt: skip
    trend = "FROM metrics.m01_filing_trend WHERE label_level = 'all' AND patent_type = 'all' AND area = 'cn_office'"
    years = dict(rows(alone, f"SELECT filing_year, applications {trend}"))
    assert [years[year] for year in range(2016, 2023)] == [280, 459, 601, 630, 797, 686, 470]
    status = "FROM metrics.m46_legal_status WHERE label_level = 'all' AND area = 'all' AND unit = 'application'"
    found = dict(rows(alone, f"SELECT legal_status, filings {status}"))
    assert (found["active"], found["pending"], found["inactive"], found["unknown"]) == (6053, 5993, 2628, 56)
    counted = "FROM metrics.counted(label_level := 'all', patent_types := 'all') WHERE province_code = '330000'"
    districts = dict(numbers(alone, f"SELECT district_code, sum(weight) {counted} GROUP BY 1"))
    assert [districts[code] for code in ("330108", "330281", "330106", "331002", "330110")] == [96, 60, 44, 34, 23]
    cities = dict(numbers(alone, f"SELECT city_code, sum(weight) {counted} GROUP BY 1"))
    assert sorted(cities.values()) == sorted([185, 80, 36, 14, 9, 6, 6, 1])
    # Two of the 339 name Flanders first.
    assert sum(cities.values()) == 337


def test_a_file_off_the_subject_gives_next_to_no_core_label(database) -> None:
    labelled = """
        SELECT count(DISTINCT publication.application_id)
        FROM core.publication_source AS source
        JOIN meta.source_file AS file USING (source_file_id)
        JOIN core.publication AS publication USING (publication_number)
        JOIN core.application_branch AS label USING (application_id)
        WHERE file.export = 'patsnap_xlsx' AND label.level = 'core'
    """
    assert rows(database, labelled)[0][0] <= 17_111 * 0.002


@pytest.mark.parametrize("number", ("US20200327439A1", "AU2018278348A1", "AU2018406532A1"))
def test_quantum_patents_are_explained_by_words_and_codes(database, number: str) -> None:
    verdict = next(v for v in explain_publication(database, number).verdicts if v.branch == "quantum.circuit")
    assert verdict.level == "core"
    assert any("quantum" in term.value.lower() for term in verdict.terms)
    assert any(code.value.startswith("G06N10") for code in verdict.codes)
