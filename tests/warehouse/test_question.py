"""Ad-hoc SQL reads the warehouse and its text store, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import QuestionError
from warehouse.build import BuildReport
from warehouse.question import ask


def linked(built: BuildReport, folder: Path) -> Path:
    """A symlink to a version of its own, as readers have it."""
    (folder / "builds").mkdir()
    shutil.copyfile(built.target, folder / "builds" / "v1.duckdb")
    shutil.copyfile(built.text, folder / "builds" / "v1.text.parquet")
    (folder / "current.duckdb").symlink_to("builds/v1.duckdb")
    return folder / "current.duckdb"


@pytest.fixture
def current(built: BuildReport, tmp_path: Path) -> Path:
    return linked(built, tmp_path)


@pytest.fixture(scope="module")
def untouched(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The files beside the warehouse, and a canary, are what they were, whatever all the questions tried."""
    current = linked(built, tmp_path_factory.mktemp("untouched"))
    (current.parent / "canary.csv").write_text("secret\n1\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in current.parent.rglob("*") if path.is_file()}
    yield current
    after = {path: path.read_bytes() for path in current.parent.rglob("*") if path.is_file()}
    assert after == before


def test_tables_metrics_and_texts_are_there_by_their_names(current: Path) -> None:
    answer = ask(
        current,
        """
        SELECT application.application_id, publication_text.abstract
        FROM core.publication_text
        JOIN core.publication USING (publication_number)
        JOIN core.application USING (application_id)
        WHERE application_id = 'A02'
        """,
    )
    assert answer.columns == ("application_id", "abstract")
    assert answer.rows == [("A02", "摘要 CN100000002A")]
    assert ask(current, "SELECT applications FROM metrics.m03_office_ranking WHERE rank = 1 ORDER BY 1").rows == [
        (12,),
        (13,),
    ]
    assert ask(current, "SELECT version_key FROM meta.build").rows == [("v1",)]


@pytest.mark.parametrize(
    "sql",
    ["FROM core.office", "DESCRIBE core.office", "SUMMARIZE core.office", "SHOW ALL TABLES", "TABLE core.office"],
)
def test_short_forms_of_select_are_taken(current: Path, sql: str) -> None:
    assert ask(current, sql).rows


def test_the_limit_cuts_and_says_so(current: Path) -> None:
    cut = ask(current, "FROM core.application ORDER BY application_id", limit=3)
    assert ([row[0] for row in cut.rows], cut.is_cut) == (["A01", "A02", "A03"], True)
    whole = ask(current, "FROM core.application", limit=20)
    assert (len(whole.rows), whole.is_cut) == (20, False)


def test_a_warehouse_held_open_elsewhere_in_the_process_can_be_asked(current: Path) -> None:
    import duckdb

    with duckdb.connect(str(current), read_only=True) as other:
        assert other.execute("SELECT count(*) FROM core.office").fetchone() == (6,)
        assert ask(current, "SELECT count(*) FROM core.office").rows == [(6,)]


HOSTILE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('{folder}/builds/*.parquet')",
    "SELECT * FROM read_csv('{folder}/canary.csv')",
    "SELECT * FROM '{folder}/canary.csv'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('{folder}/canary.csv')",
    "SELECT * FROM read_json('/proc/self/environ')",
    "SELECT * FROM parquet_metadata('{folder}/builds/other.parquet')",
    "SELECT * FROM read_csv('https://example.org/x.csv')",
    "SELECT * FROM hidden_frame",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{folder}/out.csv''')",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY core.office TO '{folder}/out.parquet' (FORMAT parquet)",
    "COPY (SELECT 1 AS a) TO '{folder}/builds/v1.text.parquet' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{folder}/builds/v1.text.parquet' (FORMAT parquet, USE_TMP_FILE false)",
    "SELECT 1; COPY (SELECT 1 AS a) TO '{folder}/builds/v1.text.parquet' (FORMAT parquet, USE_TMP_FILE false)",
    "WITH a AS (SELECT 1) INSERT INTO core.policy SELECT * FROM core.policy",
    "EXPORT DATABASE '{folder}/out'",
    "IMPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.duckdb' AS other",
    "ATTACH '{folder}/builds/v1.duckdb' AS again (READ_WRITE)",
    "DETACH warehouse",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{folder}/canary.csv'",
    "SET threads = 1",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET memory_limit",
    "PRAGMA enable_profiling",
    "CALL enable_logging(storage = 'file')",
    "CALL pragma_version()",
    "CREATE TABLE core.mine AS SELECT 1",
    "CREATE TABLE memory.mine AS SELECT 1",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE OR REPLACE VIEW memory.core.publication_text AS SELECT 1",
    "CREATE SECRET mine (TYPE http)",
    "CREATE FUNCTION mine() AS 1",
    "INSERT INTO core.office VALUES ('XX', 'x', 'x', true, true)",
    "UPDATE core.office SET name_zh = 'x'",
    "DELETE FROM core.office",
    "DROP TABLE core.office",
    "DROP VIEW memory.core.publication_text",
    "ALTER TABLE core.office ADD COLUMN x INTEGER",
    "COMMENT ON TABLE core.office IS 'x'",
    "BEGIN TRANSACTION",
    "CHECKPOINT",
    "VACUUM",
    "PREPARE mine AS SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT error('stopped')",
    "SELECT * FROM core.no_such_table",
    "SELEC 1",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_nothing_but_one_select_over_the_warehouse(untouched: Path, sql: str) -> None:
    hidden_frame = pl.DataFrame({"secret": [1]})  # what a replacement scan would find in this frame
    with pytest.raises(QuestionError) as raised:
        ask(untouched, sql.format(folder=untouched.parent))
    assert "\n" not in str(raised.value)
    assert hidden_frame.height == 1


def test_a_missing_or_damaged_warehouse_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no such warehouse"):
        ask(tmp_path / "current.duckdb", "SELECT 1")
    (tmp_path / "bad.duckdb").write_bytes(b"nothing of a database" * 500)
    with pytest.raises(QuestionError, match=r"bad\.duckdb"):
        ask(tmp_path / "bad.duckdb", "SELECT 1")


def test_without_a_text_store_the_rest_can_be_asked(current: Path) -> None:
    (current.parent / "builds" / "v1.text.parquet").unlink()
    assert ask(current, "SELECT count(*) FROM core.publication").rows == [(21,)]
    with pytest.raises(QuestionError, match="publication_text"):
        ask(current, "FROM core.publication_text")
