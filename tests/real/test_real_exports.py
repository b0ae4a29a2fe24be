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


OF_PATSNAP = """
WITH ar AS (
    SELECT publication.*
    FROM core.publication_source AS source
    JOIN meta.source_file AS file USING (source_file_id)
    JOIN core.publication AS publication USING (publication_number)
    WHERE file.export = 'patsnap_xlsx'
)
"""


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


def test_publications_by_office(database) -> None:
    assert rows(database, OF_PATSNAP + "SELECT count(*) FROM ar") == [(17_111,)]
    assert rows(database, OF_PATSNAP + "SELECT office, count(*) FROM ar GROUP BY office ORDER BY 2 DESC LIMIT 12") == [
        ("CN", 4411), ("US", 4252), ("WO", 2381), ("JP", 1318), ("EP", 1308), ("KR", 1087), ("TW", 448), ("DE", 432), ("IN", 296),
        ("IL", 228), ("CA", 199), ("AU", 198),
    ]  # fmt: skip


def test_owners_whole_and_first(database) -> None:
    whole = rows(
        database,
        OF_PATSNAP
        + "SELECT owner, count(*) FROM (SELECT unnest(current_owners) AS owner FROM ar) GROUP BY owner ORDER BY 2 DESC LIMIT 10",
    )
    assert whole == [
        ("奇跃公司", 1723), ("脸谱科技有限责任公司", 1157), ("鲁姆斯有限公司", 929), ("微软技术许可有限责任公司", 747),
        ("谷歌有限责任公司", 455),
        ("三星电子株式会社", 425), ("京东方科技集团股份有限公司", 402), ("索尼公司", 325), ("精工爱普生株式会社", 303), ("苹果公司", 209),
    ]  # fmt: skip
    assert rows(
        database, OF_PATSNAP + "SELECT count(DISTINCT owner) FROM (SELECT unnest(current_owners) AS owner FROM ar)"
    ) == [(2458,)]  # 2,459 if the dash that stands for no owner is taken for a name
    first = dict(rows(database, OF_PATSNAP + "SELECT current_owners[1], count(*) FROM ar GROUP BY 1"))
    assert [first[name] for name in ("奇跃公司", "京东方科技集团股份有限公司", "索尼公司")] == [1723, 371, 324]


def test_zhejiang_its_cities_and_districts(database) -> None:
    zhejiang = OF_PATSNAP + ", zj AS (SELECT * FROM ar WHERE list_contains(provinces, '浙江')) "
    assert rows(database, zhejiang + "SELECT count(*), count(*) FILTER (WHERE office = 'CN') FROM zj") == [(339, 284)]
    cities = rows(
        database,
        zhejiang + "SELECT cities[1], count(*) FROM zj WHERE len(cities) = 1 GROUP BY 1 ORDER BY 2 DESC, 1",
    )
    assert cities == [
        ("杭州", 185),
        ("宁波", 80),
        ("台州", 36),
        ("嘉兴", 14),
        ("绍兴", 9),
        ("湖州", 6),
        ("金华", 6),
        ("温州", 1),
    ]
    districts = dict(rows(database, zhejiang + "SELECT coalesce(districts[1], '-'), count(*) FROM zj GROUP BY 1"))
    assert [districts[name] for name in ("滨江区", "余姚市", "西湖区", "椒江区", "余杭区", "-")] == [
        96,
        60,
        44,
        34,
        23,
        19,
    ]
    years = dict(rows(database, zhejiang + "SELECT filing_year, count(*) FROM zj GROUP BY 1"))
    assert [years[year] for year in range(2017, 2023)] == [26, 37, 59, 81, 70, 48]


def test_years_status_and_type(database) -> None:
    years = dict(rows(database, OF_PATSNAP + "SELECT filing_year, count(*) FROM ar WHERE office = 'CN' GROUP BY 1"))
    assert [years[year] for year in range(2016, 2023)] == [280, 459, 601, 630, 797, 686, 470]
    status = dict(rows(database, OF_PATSNAP + "SELECT legal_status, count(*) FROM ar GROUP BY 1"))
    assert status == {
        "active": 6053, "pending": 5993, "inactive": 2628, "pct_designation_expired": 1912, "pct_designation_period": 469, "unknown": 56,
    }  # fmt: skip


def test_a_file_off_the_subject_gives_next_to_no_core_label(database) -> None:
    labelled = (
        OF_PATSNAP
        + "SELECT count(DISTINCT ar.application_id) FROM ar "
        + "JOIN core.application_branch AS label USING (application_id) WHERE label.level = 'core'"
    )
    assert rows(database, labelled)[0][0] <= 17_111 * 0.002


@pytest.mark.parametrize("number", ("US20200327439A1", "AU2018278348A1", "AU2018406532A1"))
def test_quantum_patents_are_explained_by_words_and_codes(database, number: str) -> None:
    verdict = next(v for v in explain_publication(database, number).verdicts if v.branch == "quantum.circuit")
    assert verdict.level == "core"
    assert any("quantum" in term.value.lower() for term in verdict.terms)
    assert any(code.value.startswith("G06N10") for code in verdict.codes)
