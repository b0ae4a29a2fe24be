"""A user's SQL in a process of its own: it reads the warehouse, touches nothing else, and ends within its limits."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.asking import Allowance, Asker, ask_apart
from schemas.errors import QuestionError, QuestionLimitError
from tests.warehouse.test_question import HOSTILE

CANARY = "4711-canary"
SMALL = Allowance(seconds=10, memory=256 << 20, rows=5_000, size=4 << 20)
TABLES = """
CREATE SCHEMA core;
CREATE SCHEMA meta;
CREATE SCHEMA metrics;
CREATE TABLE core.office (office VARCHAR, name_zh VARCHAR, name_en VARCHAR, is_ip5 BOOLEAN, is_national BOOLEAN);
INSERT INTO core.office VALUES ('CN', '中国', 'China', true, true), ('US', '美国', 'United States', true, true);
CREATE TABLE core.policy (policy VARCHAR);
CREATE TABLE core.application AS SELECT range AS application_id FROM range(100000);
"""

# Beside those of test_question.py, which are denied already where nothing is but the connection.
DENIED = [
    "SELECT getenv('HOME')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_csv('canary.csv')",
    "SELECT * FROM '{folder}/w/../canary.csv'",
    "SELECT * FROM read_parquet('{folder}/w/v1.text.parquet/../../canary.csv')",
    "SELECT * FROM read_json_objects('/etc/hostname')",
    "SELECT * FROM parquet_kv_metadata('{folder}/canary.csv')",
    "FROM read_csv('s3://bucket/x.csv')",
    "FROM 'http://127.0.0.1:9/x.parquet'",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "COPY core.office FROM '{folder}/canary.csv'",
    "ATTACH ':memory:' AS other",
    "ATTACH 'postgres:dbname=x' AS other (TYPE postgres)",
    "INSTALL spatial FROM community",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:9'",
    "SET allowed_directories = ['/']",
    "SET temp_directory = '{folder}'",
    "SET memory_limit = '100GB'",
    "SET home_directory = '{folder}'",
    "PRAGMA disable_checkpoint_on_shutdown",
    "PRAGMA database_list",
    "CREATE PERSISTENT SECRET mine (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "CREATE MACRO mine(a) AS TABLE FROM read_text(a)",
    "CREATE SEQUENCE mine",
    "MERGE INTO core.office USING core.policy ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    "TRUNCATE core.office",
    "FORCE CHECKPOINT warehouse",
    "EXECUTE mine",
    "EXPLAIN SELECT 1",
    "SELECT 1; DROP TABLE core.office; --",
    "WITH RECURSIVE r AS (SELECT * FROM read_text('/etc/passwd') UNION ALL FROM r) FROM r",
    "SELECT * FROM query_table('/etc/passwd')",
    "SELECT * FROM sql_auto_complete('SEL')",
    "SELECT * FROM duckdb_extensions()",
]
# Answered, and nothing but the answer comes of it.
HARMLESS = [
    "SELECT octet_length(content) FROM read_blob('{folder}/w/v1.duckdb')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM query('SELECT 42')",
    "SELECT current_setting('lock_configuration')",
    "SELECT * FROM read_parquet('{folder}/w/v1.text.parquet')",
    "SELECT 'a; DROP TABLE core.office' AS told",
    "SELECT getvariable('x')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 42'))",
]
# Every one would take minutes or gigabytes.
DEVOURING = [
    "SELECT sum(a.range * b.range) FROM range(10000000) AS a, range(10000000) AS b",
    "SELECT count(*) FROM core.application AS a, core.application AS b, core.application AS c",
    "SELECT * FROM core.application AS a, core.application AS b",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    "WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r",
    "SELECT count(*) FROM range(1000000000000)",
    "SELECT * FROM range(1000000000000)",
    "SELECT length(repeat('x', 2000000000))",
    "SELECT repeat('x', 100000000)",
    "SELECT length(lpad('x', 2000000000, 'y'))",
    "SELECT format('{{:>2000000000}}', 'x')",
    "SELECT string_agg(repeat('x', 1000), '') FROM range(10000000)",
    "SELECT list(range) FROM range(200000000)",
    "SELECT len(range(0, 1000000000))",
    "SELECT unnest(range(1000000000))",
    "SELECT list_sort(list_transform(range(50000000), lambda x: repeat('y', 100)))",
    "SELECT range, random() AS r FROM range(200000000) ORDER BY r",
    "SELECT count(DISTINCT md5(CAST(range AS VARCHAR))) FROM range(500000000)",
    "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))",
    "SELECT regexp_matches(repeat('a', 100000000), '(a*)*b')",
    "SELECT bitstring('1', 2000000000)",
    "SELECT generate_series(TIMESTAMP '0001-01-01', TIMESTAMP '9999-01-01', INTERVAL 1 SECOND)",
]
# The parser or the function itself knows better.
REFUSED = [
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "SELECT " + " + ".join(["1"] * 20000),
    "SELECT regexp_matches('a', 'a{{1000}}{{1000}}{{1000}}')",
    "SELECT repeat(repeat('x', 1000000), 100000)",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with its text store, and a canary beside it."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "w").mkdir()
    with duckdb.connect(str(folder / "w" / "v1.duckdb")) as connection:
        connection.execute(TABLES)
    texts = {"publication_number": ["CN1A"], "abstract": ["摘要"], "claims": [None]}
    pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).write_parquet(folder / "w" / "v1.text.parquet")
    (folder / "canary.csv").write_text(f"{CANARY}\n1\n", encoding="utf-8")
    (folder / "current.duckdb").symlink_to("w/v1.duckdb")
    return folder


def held(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def asker(folder: Path) -> Iterator[Asker]:
    """One child for all hostile statements: none of them may cost the next one its answer."""
    before = held(folder)
    with Asker(folder / "current.duckdb", SMALL) as asker:
        yield asker
    assert held(folder) == before


@pytest.fixture(scope="module")
def hasty(folder: Path) -> Iterator[Asker]:
    with Asker(folder / "current.duckdb", Allowance(seconds=0.12, memory=128 << 20)) as asker:
        yield asker


def limits_of(asker: Asker) -> dict[str, str]:
    lines = Path(f"/proc/{asker._child.pid}/limits").read_text(encoding="ascii").splitlines()[1:]
    return {line[:26].strip(): line[26:].split()[0] for line in lines}


@pytest.mark.parametrize("sql", [*HOSTILE, *DENIED])
def test_a_hostile_statement_is_denied(asker: Asker, folder: Path, sql: str) -> None:
    with pytest.raises(QuestionError) as raised:
        asker.ask(sql.replace("{folder}", str(folder)))
    assert not isinstance(raised.value, QuestionLimitError) and "\n" not in str(raised.value)
    assert asker._child.poll() is None


@pytest.mark.parametrize("sql", HARMLESS)
def test_what_is_answered_tells_of_the_warehouse_alone(asker: Asker, folder: Path, sql: str) -> None:
    told = str(asker.ask(sql.replace("{folder}", str(folder))).rows)
    assert "root:" not in told and CANARY not in told
    assert asker.ask("SELECT count(*) FROM core.office").rows == [(2,)]


def test_hostile_statements_are_as_many_as_promised() -> None:
    assert len({*HOSTILE, *DENIED, *HARMLESS}) >= 60
    assert len({*DEVOURING, *REFUSED}) >= 20


@pytest.mark.parametrize("sql", DEVOURING)
def test_a_question_that_devours_is_ended(hasty: Asker, sql: str) -> None:
    begun = time.monotonic()
    with pytest.raises(QuestionLimitError) as raised:
        hasty.ask(sql.replace("{{", "{").replace("}}", "}"))
    assert time.monotonic() - begun < 5
    assert hasty._child is None
    assert "--timeout" in str(raised.value) or "--memory" in str(raised.value)


@pytest.mark.parametrize("sql", ["SELECT length(repeat('x', 2000000000))", "SELECT len(range(0, 1000000000))"])
def test_memory_is_limited_and_the_error_says_so(folder: Path, sql: str) -> None:
    with pytest.raises(QuestionLimitError, match="more than 256 MB of memory.*--memory"):
        ask_apart(folder / "current.duckdb", sql, allowance=SMALL)


@pytest.mark.parametrize("sql", REFUSED)
def test_a_question_that_cannot_be_is_refused(asker: Asker, sql: str) -> None:
    with pytest.raises(QuestionError):
        asker.ask(sql.replace("{{", "{").replace("}}", "}"))
    assert asker.ask("SELECT 1").rows == [(1,)]


def test_the_child_can_write_no_byte_and_has_no_environment(asker: Asker) -> None:
    asker.ask("SELECT 1")
    limits = limits_of(asker)
    assert (limits["Max file size"], limits["Max core file size"]) == ("0", "0")
    assert int(limits["Max address space"]) < 4 << 30
    assert int(limits["Max cpu time"]) < 10 * (os.cpu_count() or 1) + 30
    environment = Path(f"/proc/{asker._child.pid}/environ").read_bytes().split(b"\0")
    assert {line.split(b"=")[0] for line in environment if line} <= {b"PYTHONPATH", b"PYTHONUTF8", b"HOME", b"LC_CTYPE"}


def test_values_come_back_as_they_are(asker: Asker) -> None:
    sql = """
    SELECT 1 AS a, NULL AS b, '中文 "x"' || chr(10) AS c, 1.5 AS d, true AS e, DATE '2020-02-29' AS f, ['x', NULL] AS g,
        {'k': 1} AS h, 170141183460469231731687303715884105727 AS i, 'Infinity'::DOUBLE AS j
    """
    answer = asker.ask(sql)
    assert answer.columns == tuple("abcdefghij")
    assert [str(value) for value in answer.rows[0]] == [
        "1", "None", '中文 "x"\n', "1.5", "True", "2020-02-29", "['x', None]", "{'k': 1}",
        "170141183460469231731687303715884105727", "inf",
    ]  # fmt: skip
    assert asker.ask("SELECT abstract FROM core.publication_text").rows == [("摘要",)]


def test_the_limit_cuts_and_says_so(asker: Asker) -> None:
    for limit in (1, 255, 256, 257, 600):
        cut = asker.ask("FROM core.application ORDER BY application_id", limit)
        assert [row[0] for row in cut.rows] == list(range(limit)) and cut.is_cut
    assert not asker.ask("FROM range(600)", 600).is_cut


@pytest.mark.parametrize("sql", ["FROM range(5001)", "SELECT repeat('x', 5000000)"])
def test_an_answer_too_large_is_an_error_that_says_how_to_go_on(folder: Path, sql: str) -> None:
    with pytest.raises(QuestionLimitError, match="--limit"):
        ask_apart(folder / "current.duckdb", sql, allowance=SMALL)


def test_a_child_that_dies_is_an_error_and_the_next_question_has_another(folder: Path) -> None:
    with Asker(folder / "current.duckdb", SMALL) as asker:
        asker.ask("SELECT 1")
        asker._child.send_signal(signal.SIGTERM)
        asker._child.wait()
        with pytest.raises(QuestionError, match="its process ended"):
            asker.ask("SELECT 1")
        assert asker.ask("SELECT 1").rows == [(1,)]


def test_a_warehouse_that_is_missing_or_damaged_is_a_clear_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no such warehouse"):
        ask_apart(tmp_path / "current.duckdb", "SELECT 1")
    (tmp_path / "bad.duckdb").write_bytes(b"nothing of a database" * 500)
    with pytest.raises(QuestionError, match=r"bad\.duckdb"):
        ask_apart(tmp_path / "bad.duckdb", "SELECT 1", allowance=SMALL)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_the_child_ends_with_who_asked(folder: Path, sent: signal.Signals) -> None:
    """Ctrl-C, and the death of the asker that nobody hears of."""
    code = (
        "import sys; from pathlib import Path; from flows.asking import Asker\n"
        "with Asker(Path(sys.argv[1])) as asker:\n"
        "    print(asker._child.pid, flush=True)\n"
        "    asker.ask('SELECT count(*) FROM range(1000000000000)')"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code, str(folder / "current.duckdb")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as asking:
        child = int(asking.stdout.readline())
        time.sleep(0.5)
        asking.send_signal(sent)
        asking.wait(timeout=10)
    for _ in range(100):
        if not _runs(child):
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child went on")


def _runs(process: int) -> bool:
    """Whether it is there and no zombie that waits for being counted."""
    try:
        stated = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stated.rpartition(")")[2].split()[0] != "Z"
