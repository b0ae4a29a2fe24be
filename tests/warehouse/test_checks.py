"""Every check finds the bad row that it is there for, and nothing in the world as it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from schemas.errors import CheckFailedError, ContractError
from schemas.tables import WAREHOUSE_TABLES
from tests.warehouse.world import world
from warehouse import cabinet, ddl
from warehouse.build import BuildReport
from warehouse.checking import declared_checks, finite_metrics, run_check, run_checks

# check -> what breaks it. Metrics are replaced where no data can break the metric: then the check guards its SQL.
BAD_ROWS = {
    "application_has_publications": "UPDATE core.application SET publications = 7 WHERE application_id = 'A02'",
    "branches_stand_in_structure": """
        CREATE OR REPLACE TABLE metrics.m12_branch_structure AS
        SELECT 3 AS tier, branch, unnest(['application', 'family']) AS unit FROM core.branch WHERE branch <> 'gpu'""",
    "families_add_up": """
        CREATE OR REPLACE TABLE metrics.m11_ip5_families AS
        SELECT unnest(['core', 'all']) AS label_level, 14 AS families""",
    "check_digits_agree": "UPDATE core.publication SET application_number_doubt = 'check_digit' WHERE row_number = 1",
    "family_suggestions_are_apart": "UPDATE core.family_suggestion SET suggested_family_id = family_id",
    "family_has_applications": "UPDATE core.family SET applications = 1 WHERE family_id = 'F12'",
    "filed_after_cut_off": "UPDATE core.application SET filing_year = 2030 WHERE application_id = 'A02'",
    "focus_place_known": "UPDATE meta.build SET focus_city_code = '310000'",
    "fractions_sum_to_one": "UPDATE core.application_applicant SET fraction = 0.7 WHERE application_id = 'A04'",
    "group_known": "UPDATE core.applicant SET group_id = 'nobody' WHERE applicant_id = 'h2'",
    "indices_within_bounds": """
        CREATE OR REPLACE TABLE metrics.m47_grant_rate AS
        SELECT 'core' AS label_level, 'all' AS area, 2018 AS filing_year, 1.2 AS grant_rate""",
    "one_taxonomy_version": "UPDATE core.application_branch SET taxonomy_version = 'old' WHERE application_id = 'A01'",
    "place_codes_known": "UPDATE core.application SET city_code = '440300' WHERE application_id = 'A01'",
    "positions_run_from_one": "UPDATE core.application_applicant SET position = 3 WHERE applicant_id = 'm1'",
    "primary_label_at_most_one": "UPDATE core.application_branch SET is_primary = true WHERE application_id = 'A02'",
    "provinces_add_up": """
        UPDATE metrics.m04_province_ranking SET applications = 1 WHERE province_code = '110000'""",
    "publication_has_one_first_row": """
        UPDATE core.publication_source SET is_first = true WHERE source_file_id = 'f2' AND row_number = 2""",
    "published_after_cut_off": "UPDATE meta.build SET cut_off_date = DATE '2021-01-01'",
    "representative_is_a_member": """
        UPDATE core.family SET representative_application_id = 'A01' WHERE family_id = 'F12'""",
    "row_loaded_or_rejected_once": "INSERT INTO meta.rejected_row VALUES ('f1', 1, 'rule', 'reason', '{}')",
    "field_coverage_expected": "UPDATE meta.field_coverage SET covered_records = 37 WHERE field = 'title'",
    "field_coverage_falls": """
        UPDATE meta.field_coverage SET covered_records = 14 WHERE field = 'abstract' AND coverage_year = 2020""",
    "row_correction_finds_its_cell": "UPDATE meta.row_correction SET is_applied = false",
    "rows_in_adds_up": "UPDATE meta.source_file SET rows_in = 25 WHERE source_file_id = 'f1'",
    "shares_sum_to_one": """
        CREATE OR REPLACE TABLE metrics.m33_city_share AS SELECT 'core' AS label_level, 0.9 AS share""",
    "some_core_label": "DELETE FROM metrics.m00_counted_application WHERE label_level = 'core'",
    "source_file_agrees_with_rows": """
        UPDATE meta.source_file SET quarantined = 3, blank = 0 WHERE source_file_id = 'f1'""",
    "sources_end_apart": """
        UPDATE meta.source_file SET export = 'patsnap_xlsx' WHERE source_file_id = 'f2';
        INSERT INTO core.publication
            SELECT publication.* REPLACE (
                concat('X', n) AS publication_number,
                CASE WHEN n < 100 THEN DATE '2022-07-01' ELSE DATE '2021-12-29' END AS publication_date
            )
            FROM core.publication AS publication CROSS JOIN range(200) AS many(n)
            WHERE publication.source_file_id = 'f2';
        INSERT INTO core.publication_source
            SELECT CASE WHEN n < 100 THEN 'f1' ELSE 'f2' END, 1000 + n, concat('X', n), true FROM range(200) AS many(n);
        DELETE FROM core.publication_source WHERE source_file_id = 'f2' AND row_number < 1000""",
    "tables_not_empty": "DELETE FROM core.region",
    "tiers_partition": """
        CREATE OR REPLACE TABLE metrics.m07_tier AS
        SELECT 'core' AS label_level, 'office' AS subject, 'largest_gap' AS rule, unnest(['CN', 'US', 'JP']) AS member,
               unnest([1, 2, 1]) AS tier, unnest([12, 2, 1]) AS applications""",
    "trend_adds_up": """
        CREATE OR REPLACE TABLE metrics.m01_filing_trend AS
        SELECT 'all' AS area, 'all' AS patent_type, unnest(['core', 'all']) AS label_level, 2018 AS filing_year,
               15 AS applications""",
    "trend_years_continuous": """
        CREATE OR REPLACE TABLE metrics.m01_filing_trend AS
        SELECT 'all' AS area, 'all' AS patent_type, 'core' AS label_level, unnest([2018, 2020]) AS filing_year""",
    "whole_at_least_first": """
        CREATE OR REPLACE TABLE metrics.m08_applicant_ranking AS
        SELECT 'core' AS label_level, 'h1' AS group_id, 'application' AS unit, unnest(['first', 'whole']) AS credit,
               unnest([3, 2]) AS applications""",
    "header_drift": """
        UPDATE meta.source_file SET header_drift = ['renamed? Owners → Owner'] WHERE source_file_id = 'f2'""",
    "probably_cut_off": "UPDATE meta.source_file SET is_probably_cut_off = true WHERE source_file_id = 'f2'",
    "unmapped_columns": "UPDATE meta.source_file SET unmapped_columns = ['新列'] WHERE source_file_id = 'f2'",
}


@pytest.fixture(scope="module")
def writable(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    database = tmp_path_factory.mktemp("copy") / "copy.duckdb"
    shutil.copyfile(built.target, database)
    with duckdb.connect(str(database)) as connection:
        yield connection


@pytest.fixture
def copy(writable: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The world's warehouse, writable; what a test writes is taken back after it."""
    writable.begin()
    yield writable
    writable.rollback()


def test_the_world_offends_no_check(built: BuildReport) -> None:
    assert built.warnings == ()
    assert len(built.checks) == len(cabinet.checks()) + len(declared_checks(built.text)) + 1


@pytest.mark.parametrize("check", cabinet.checks(), ids=[check.check for check in cabinet.checks()])
def test_every_check_finds_its_bad_row(copy: duckdb.DuckDBPyConnection, check: cabinet.Check) -> None:
    assert run_check(copy, check).is_passed
    copy.execute(BAD_ROWS[check.check])
    result = run_check(copy, check)
    assert result.offending_rows >= 1
    assert 1 <= len(result.first_rows) <= 5


@pytest.mark.parametrize(
    ("change", "check"),
    [
        # exactly the expected share, exactly half of the other years, too few records, a field that the file has not
        ("covered_records = 38 WHERE field = 'title'", "field_coverage_expected"),
        ("coverage_records = 19, covered_records = 1 WHERE field = 'title'", "field_coverage_expected"),
        ("covered_records = 0 WHERE field = 'title'", "field_coverage_expected"),
        ("covered_records = 15 WHERE field = 'abstract' AND coverage_year = 2020", "field_coverage_falls"),
        ("coverage_records = 19, covered_records = 1 WHERE field = 'abstract' AND coverage_year = 2020",
         "field_coverage_falls"),
    ],
)  # fmt: skip
def test_coverage_that_is_as_expected_is_no_warning(copy: duckdb.DuckDBPyConnection, change: str, check: str) -> None:
    copy.execute(f"UPDATE meta.field_coverage SET {change}")  # noqa: S608 - our own
    assert run_check(copy, next(each for each in cabinet.checks() if each.check == check)).is_passed


@pytest.mark.parametrize("metric", ["m11_ip5_families", "m39_co_application", "m53_overseas"])
@pytest.mark.parametrize("lost", ["label_level = 'core'", "label_level = 'all'", "true"])
def test_families_do_not_add_up_where_a_metric_has_no_rows(
    copy: duckdb.DuckDBPyConnection, metric: str, lost: str
) -> None:
    copy.execute(f"DELETE FROM metrics.{metric} WHERE {lost}")  # noqa: S608 - our own
    result = run_check(copy, next(each for each in cabinet.checks() if each.check == "families_add_up"))
    assert result.offending_rows == (2 if lost == "true" else 1)


@pytest.mark.parametrize("share", ["'inf'", "'-inf'", "'nan'"])
def test_a_metric_that_is_not_finite_is_found(copy: duckdb.DuckDBPyConnection, share: str) -> None:
    copy.execute(
        f"CREATE OR REPLACE TABLE metrics.m53_overseas AS SELECT {share}::DOUBLE AS share"  # noqa: S608
    )
    result = run_check(copy, finite_metrics(copy))
    assert (result.offending_rows, result.check.severity) == (1, "error")
    assert "metrics.m53_overseas" in result.first_rows[0]


@pytest.mark.parametrize("table", ddl.LOADED_TABLES, ids=lambda table: table.full_name)
def test_a_repeated_key_is_found_in_every_table(copy: duckdb.DuckDBPyConnection, built: BuildReport, table) -> None:
    name = table.full_name
    copy.execute(f"INSERT INTO {name} SELECT * FROM {name} LIMIT 1")  # noqa: S608 - declared names
    failed = [result.check.check for result in run_checks(copy, built.text) if not result.is_passed]
    assert f"unique_{table.schema}_{table.name}" in failed


REFERENCES = [(table, column) for table in ddl.LOADED_TABLES for column in table.references]


@pytest.mark.parametrize(("table", "column"), REFERENCES, ids=lambda part: getattr(part, "full_name", part))
def test_an_orphan_is_found_in_every_reference(
    copy: duckdb.DuckDBPyConnection, built: BuildReport, table, column: str
) -> None:
    copy.execute(f"UPDATE {table.full_name} SET {column} = 'nowhere'")  # noqa: S608 - declared names
    name = f"reference_{table.schema}_{table.name}_{column}"
    check = next(check for check in declared_checks(built.text) if check.check == name)
    result = run_check(copy, check)
    assert result.first_rows[0].startswith(f'{{"{column}":"nowhere"')


def test_the_text_store_is_checked_like_a_table(build_rows: Callable[..., BuildReport]) -> None:
    rows = world()
    rows["core.publication_text"] += [{"publication_number": "CN999999999A"}, rows["core.publication_text"][0]]
    with pytest.raises(CheckFailedError) as raised:
        build_rows(rows)
    assert raised.value.where == ("reference_core_publication_text_publication_number, unique_core_publication_text")


def test_a_failed_check_names_its_first_rows_and_leaves_nothing(
    build_rows: Callable[..., BuildReport], tmp_path: Path
) -> None:
    rows = world()
    rows["meta.source_file"][0]["rows_in"] = 30
    with pytest.raises(CheckFailedError) as raised:
        build_rows(rows, name="failed")
    assert raised.value.where == "rows_in_adds_up"
    assert '"rows_in":30' in raised.value.found
    assert not list(tmp_path.glob("failed.*"))


def test_warnings_are_stored_and_do_not_stop(build_rows: Callable[..., BuildReport]) -> None:
    rows = world()
    rows["meta.source_file"][1]["unmapped_columns"] = ["新列"]
    report = build_rows(rows)
    with duckdb.connect(str(report.target), read_only=True) as connection:
        stored = connection.execute(
            "SELECT check_id, severity, offending_rows, first_rows FROM meta.check WHERE NOT is_passed"
        ).fetchall()
    assert stored == [("unmapped_columns", "warning", 1, ['{"path":"f2.csv","unmapped_columns":["新列"]}'])]


def test_every_declared_table_has_its_checks(built: BuildReport) -> None:
    names = {result.check.check for result in built.checks}
    for table in WAREHOUSE_TABLES:
        assert f"unique_{table.schema}_{table.name}" in names
        for column in table.references:
            assert f"reference_{table.schema}_{table.name}_{column}" in names


# ── The form of the files ───────────────────────────────────────────────────────────────────────────────────────


def test_every_check_has_a_bad_row_here() -> None:
    assert set(BAD_ROWS) == {check.check for check in cabinet.checks()}


HEADER = "-- severity: error\n-- title_zh: 标题\n-- title_en: title\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HEADER.replace("error", "fatal") + "SELECT 1", "severity 'fatal'"),
        (HEADER.replace("-- title_zh: 标题\n", "") + "SELECT 1", "no title_zh in the header"),
        (HEADER.replace("标题", "") + "SELECT 1", "no title_zh in the header"),
        (HEADER, "no statement under the header"),
        ("--severity error\nSELECT 1", "header line '--severity error'"),
        (HEADER + "-- severity: error\nSELECT 1", "severity twice in the header"),
    ],
)
def test_a_file_with_a_faulty_header_is_named(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "some_check.sql").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        cabinet.checks(tmp_path)
    assert "some_check.sql" in raised.value.where
    assert found in raised.value.found


def test_a_metric_without_a_question_or_with_a_half_described_column_is_refused(tmp_path: Path) -> None:
    both = (f"{key}_{language}" for key in ("title", "question", "grain", "conventions") for language in ("zh", "en"))
    header = "".join(f"-- {key}: something\n" for key in (*both, "figure"))
    (tmp_path / "m99.sql").write_text(header.replace("question_en", "question") + "SELECT 1 AS a", encoding="utf-8")
    with pytest.raises(ContractError, match="no question_en in the header"):
        cabinet.metrics(tmp_path)
    cabinet.metrics.cache_clear()
    (tmp_path / "m99.sql").write_text(header + "-- column a: only one language\nSELECT 1 AS a", encoding="utf-8")
    with pytest.raises(ContractError, match="中文 / English"):
        cabinet.metrics(tmp_path)
    cabinet.metrics.cache_clear()
