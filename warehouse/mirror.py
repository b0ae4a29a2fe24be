"""A copy of the marts in PostgreSQL, for tools without a DuckDB driver, swapped in one transaction.

    patnav_core.application, patnav_metrics.m03_office_ranking, patnav_meta.build, …

New schemas are filled beside the old ones and committed; then, in one transaction, every old table is locked, the schemas
change names and the old ones go.

The locks are what keeps one question from seeing two versions: PostgreSQL looks up the tables of a question one after
the other, and a change of names between two of them would mix old and new. They are asked for briefly and again:
whoever reads goes first, and waits a fraction of a second at most.

The commit before, and the wait until nobody looks at the database as it was before it, keep the new tables from being
found empty: who waits for a lock finds the new names, but may see the rows as of the moment before it waited (COPY and
cursors do, and transactions of isolation REPEATABLE READ).

A process that dies in between leaves schemas `…__next`, which the next mirror removes.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import duckdb

from schemas.errors import MirrorError
from schemas.tables import TABLES
from warehouse.content import opened
from warehouse.ddl import literal, qualified, quoted
from warehouse.marts import Mart, marts_of, query_of

PREFIX = "patnav_"
# Readers come first: a lock is asked for so long, and for so long in all until we give up.
LOCK_PATIENCE_MS = 300
PATIENCE_SECONDS = 120.0
# Who finds this in the comment of a schema may replace the schema.
MARK = "patnav mirror"
MOMENTS = ("begun", "loaded", "locked", "renamed", "committed")
_NEXT, _OLD = "__next", "__old"
_ADVISORY_LOCK = 7_202_117_561_993_001
_TYPES = {
    "VARCHAR": "text",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "VARCHAR[]": "text[]",
}
_TABLES_MADE = re.compile(r", (\d+) tables", re.ASCII)
_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Mirrored:
    """`server`: the address without its password. `rows`: schema.name in PostgreSQL -> rows. `waited`: for readers, seconds."""

    server: str
    version_key: str
    rows: dict[str, int]
    waited: float


def mirror(
    database: Path,
    address: str,
    prefix: str = PREFIX,
    readers: Iterable[str] = (),
    patience: float = PATIENCE_SECONDS,
    moment: Callable[[str], None] = lambda name: None,
) -> Mirrored:
    """Copy the marts of a version to the PostgreSQL at `address` (postgresql://user@host:port/database).

    `prefix` stands before the names of the schemas; `readers` are roles that may read them, beside those who may already.
    Raises MirrorError, which never holds the password; what was mirrored before then stays.
    """
    server = _server(address)
    _refuse_prefix(prefix)
    marts = marts_of(database)
    schemas = sorted({mart.schema for mart in marts})
    with _connected(address, server) as postgres, opened(database) as connection:
        ((version_key,),) = connection.execute("SELECT version_key FROM meta.build").fetchall()
        held = _begin(postgres, schemas, prefix, server)
        moment("begun")
        rows = _load(postgres, connection, marts, prefix, version_key)
        _grant(postgres, schemas, prefix, held, tuple(readers))
        ((loaded,),) = postgres.run("SELECT CAST(pg_current_xact_id() AS text)")
        postgres.commit()
        moment("loaded")
        try:
            waited = _lock(postgres, held, prefix, server, patience, loaded)
            moment("locked")
            for schema in held:
                _refuse_additions(postgres, prefix + schema, server)
                _refuse_dependents(postgres, prefix + schema, server)
            for statement in _swap(schemas, prefix, held):
                postgres.run(statement)
            moment("renamed")
            postgres.commit()
        except MirrorError:
            postgres.undo()
            _forget_next(postgres, schemas, prefix, server)
            postgres.commit()
            raise
        moment("committed")
    return Mirrored(server, version_key, rows, waited)


# ── The address and its password ────────────────────────────────────────────────────────────────────────────────


def shown_address(address: str) -> str:
    """The address as it may be shown: without password, and without what else stands in its query."""
    parts = _parts(address)
    host = parts.netloc.rpartition("@")[2]
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    return "".join((parts.scheme, "://", f"{user}@" if user else "", host, parts.path))


def _server(address: str) -> str:
    shown = shown_address(address)
    if re.search(r"%(?![0-9a-fA-F]{2})", address):
        raise MirrorError(shown, "a percent sign that begins no code", "%25 for a percent sign in a password")
    return shown


def _parts(address: str) -> SplitResult:
    expected = "postgresql://user@host:5432/database, the password in PGPASSWORD or ~/.pgpass"
    try:
        parts = urlsplit(address)
    except ValueError:
        # The reason may quote the address, and with it the password.
        raise MirrorError("the address of PostgreSQL", "cannot be read", expected) from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise MirrorError("the address of PostgreSQL", "does not begin with postgresql://", expected)
    return parts


def _secrets(address: str) -> list[str]:
    parts = _parts(address)
    password = parts.netloc.rpartition("@")[0].partition(":")[2]
    asked = [value for key, _, value in (each.partition("=") for each in parts.query.split("&")) if "password" in key]
    spoken = [password, *asked, os.environ.get("PGPASSWORD", "")]
    return sorted({form for each in spoken if each for form in (each, unquote(each))}, key=len, reverse=True)


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _refuse_prefix(prefix: str) -> None:
    if prefix and not _NAME.fullmatch(prefix) or len(prefix) > 20:
        raise MirrorError(f"prefix {prefix!r}", "no beginning of a name", "a-z, 0-9 and _, at most 20, like patnav_")
    if prefix.startswith("pg_"):
        raise MirrorError(f"prefix {prefix!r}", "begins with pg_, which PostgreSQL keeps for itself", "another one")


# ── The connection ──────────────────────────────────────────────────────────────────────────────────────────────


class _Postgres:
    """One connection in one transaction; every failure is told as a MirrorError."""

    def __init__(self, connection: Any, server: str, secrets: list[str]) -> None:
        self._connection, self._server, self._secrets = connection, server, secrets

    def run(self, statement: str) -> list[tuple]:
        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def ingest(self, schema: str, table: str, rows: Any) -> None:
        with self._told(), self._connection.cursor() as cursor:
            cursor.adbc_ingest(table, rows, mode="append", db_schema_name=schema)

    def commit(self) -> None:
        with self._told():
            self._connection.commit()

    def undo(self) -> None:
        with self._told():
            self._connection.rollback()

    def has_locked(self, statement: str) -> bool:
        """Whether the locks could be had within the lock timeout."""
        from adbc_driver_manager import Error

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement)
        except Error as error:
            if error.sqlstate == _LOCK_NOT_AVAILABLE:
                return False
            raise _told(error, self._server, self._secrets) from None
        return True

    @contextmanager
    def _told(self) -> Iterator[None]:
        from adbc_driver_manager import Error

        try:
            yield
        except Error as error:
            raise _told(error, self._server, self._secrets) from None


def _told(error: Any, server: str, secrets: list[str]) -> MirrorError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip(" ^")]
    return MirrorError(server, _without("; ".join(lines), secrets), remedy=_remedy(error))


def _remedy(error: Any) -> str:
    # A connection that fails has no SQLSTATE, only words.
    if "password" in str(error):
        return "set the password in PGPASSWORD or ~/.pgpass"
    return _REMEDIES.get(error.sqlstate or "", "what was mirrored before stays")


_REMEDIES = {
    "42501": "ask for the right: GRANT CREATE ON DATABASE … TO …; what was mirrored before stays",
    "42704": "name a role of that server as --reader; what was mirrored before stays",
    "53100": "make room on the disk of the server; what was mirrored before stays",
}


@contextmanager
def _connected(address: str, server: str) -> Iterator[_Postgres]:
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ImportError as error:
        raise MirrorError(
            "patnav mirror",
            f"{error.name} is not installed",
            "the extra postgresql",
            "pip install 'patnav[postgresql]'",
        ) from error
    secrets = _secrets(address)
    try:
        connection = dbapi.connect(address)
    except Error as error:
        raise _told(error, server, secrets) from None
    try:
        yield _Postgres(connection, server, secrets)
    finally:
        # Without a commit everything is undone.
        connection.close()


# ── What happens in the transaction ─────────────────────────────────────────────────────────────────────────────


def _begin(postgres: _Postgres, schemas: list[str], prefix: str, server: str) -> dict[str, tuple[str, ...]]:
    """The schemas that are mirrored already -> their tables. Refuses where they are not ours or others stand on them."""
    postgres.run("SET search_path = pg_catalog")
    postgres.run("SET timezone = 'UTC'")
    postgres.run("".join(("SET lock_timeout = '", str(LOCK_PATIENCE_MS), "ms'")))
    # Held by the connection, over both transactions, and given back when it ends, however it ends.
    if postgres.run(" ".join(("SELECT pg_try_advisory_lock(", str(_ADVISORY_LOCK), ")"))) != [(True,)]:
        raise MirrorError(server, "another mirror is being written", "one at a time", "wait for it to end")
    _forget_next(postgres, schemas, prefix, server)
    for schema in schemas:
        _refuse_foreign(postgres, prefix + schema + _OLD, server, is_needed=False)
    held = {schema: _tables(postgres, prefix + schema) for schema in _present(postgres, schemas, prefix)}
    for schema in held:
        _refuse_foreign(postgres, prefix + schema, server, is_needed=True)
        _refuse_additions(postgres, prefix + schema, server)
        _refuse_dependents(postgres, prefix + schema, server)
    for schema in schemas:
        postgres.run(" ".join(("CREATE SCHEMA", quoted(prefix + schema + _NEXT))))
    return held


def _forget_next(postgres: _Postgres, schemas: list[str], prefix: str, server: str) -> None:
    """Remove what a mirror that died, or gave up, had loaded."""
    for schema in schemas:
        name = prefix + schema + _NEXT
        if postgres.run(" ".join(("SELECT 1 FROM pg_namespace WHERE nspname =", literal(name)))):
            _refuse_foreign(postgres, name, server, is_needed=True)
            postgres.run(" ".join(("DROP SCHEMA", quoted(name), "CASCADE")))


def _present(postgres: _Postgres, schemas: list[str], prefix: str) -> list[str]:
    names = ", ".join(literal(prefix + schema) for schema in schemas)
    found = postgres.run(" ".join(("SELECT nspname::text FROM pg_namespace WHERE nspname IN (", names, ")")))
    return [schema for schema in schemas if (prefix + schema,) in found]


def _tables(postgres: _Postgres, schema: str) -> tuple[str, ...]:
    sql = (
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace",
        "WHERE c.relkind IN ('r', 'p') AND n.nspname =",
        literal(schema),
        "ORDER BY c.relname",
    )
    return tuple(name for (name,) in postgres.run(" ".join(sql)))


def _refuse_foreign(postgres: _Postgres, schema: str, server: str, is_needed: bool) -> None:
    sql = (
        "SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace WHERE nspname =",
        literal(schema),
    )
    found = postgres.run(" ".join(sql))
    if not is_needed and found:
        raise MirrorError(f"{server}, schema {schema}", "stands in the way", "no such schema", "rename or drop it")
    if is_needed and not (found[0][0].startswith(MARK) and _TABLES_MADE.search(found[0][0])):
        raise MirrorError(
            f"{server}, schema {schema}",
            "was not made by patnav mirror, which would replace it",
            f"a schema whose comment begins with {MARK!r}, or none",
            "choose another --prefix or another database",
        )


def _refuse_additions(postgres: _Postgres, schema: str, server: str) -> None:
    sql = (
        "SELECT coalesce(obj_description(n.oid, 'pg_namespace'), ''), count(c.oid)",
        "FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
        "WHERE n.nspname =",
        literal(schema),
        "GROUP BY n.oid",
    )
    said, found = postgres.run(" ".join(sql))[0]
    made = int(_TABLES_MADE.search(said)[1])
    if found > made:
        raise MirrorError(
            f"{server}, schema {schema}",
            f"{found} tables and views, {made} of them made by patnav mirror",
            "none of others, for the whole schema is replaced",
            "move them to another schema",
        )


def _refuse_dependents(postgres: _Postgres, schema: str, server: str) -> None:
    sql = (
        "SELECT DISTINCT format('%s.%s', vn.nspname, v.relname) FROM pg_depend d",
        "JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace",
        "JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class",
        "JOIN pg_namespace vn ON vn.oid = v.relnamespace",
        "WHERE d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_rewrite'::regclass AND n.nspname =",
        literal(schema),
        "ORDER BY 1",
    )
    if found := [name for (name,) in postgres.run(" ".join(sql))]:
        raise MirrorError(
            f"{server}, schema {schema}",
            f"views stand on its tables: {', '.join(found)}",
            "none, for the tables are replaced and the views would go with them",
            "put their queries into the BI tool, or drop them before and make them again after",
        )


def _load(
    postgres: _Postgres, connection: duckdb.DuckDBPyConnection, marts: Iterable[Mart], prefix: str, version_key: str
) -> dict[str, int]:
    rows = {}
    for mart in marts:
        schema, table = mart.name.split(".")
        for statement in _create(mart, prefix + schema + _NEXT, table):
            postgres.run(statement)
        columns = ", ".join(_selected(column.column, column.data_type) for column in mart.columns)
        postgres.ingest(prefix + schema + _NEXT, table, connection.sql(query_of(mart, columns)).to_arrow_reader())
        if mart.key:
            postgres.run(_primary_key(prefix + schema + _NEXT, table, mart.key))
        postgres.run(" ".join(("ANALYZE", qualified(prefix + schema + _NEXT, table))))
        counted = postgres.run(" ".join(("SELECT count(*) FROM", qualified(prefix + schema + _NEXT, table))))
        rows[f"{prefix}{mart.name}"] = counted[0][0]
    for schema, made in Counter(mart.schema for mart in marts).items():
        said = literal(f"{MARK}, {made} tables, version {version_key}: 专利导航数据集市 / patent navigation marts")
        postgres.run(" ".join(("COMMENT ON SCHEMA", quoted(prefix + schema + _NEXT), "IS", said)))
    return rows


def _create(mart: Mart, schema: str, table: str) -> list[str]:
    name = qualified(schema, table)
    required = TABLES[mart.name].is_required if mart.name in TABLES else lambda column: False
    columns = ", ".join(
        " ".join((quoted(each.column), _type(each.data_type), "NOT NULL" if required(each.column) else "")).strip()
        for each in mart.columns
    )
    comments = [
        " ".join(("COMMENT ON COLUMN", ".".join((name, quoted(each.column))), "IS", literal(_said(each.zh, each.en))))
        for each in mart.columns
    ]
    return [
        "".join(("CREATE TABLE ", name, " (", columns, ")")),
        " ".join(("COMMENT ON TABLE", name, "IS", literal(_said(mart.title.zh, mart.title.en)))),
        *comments,
    ]


def _type(data_type: str) -> str:
    # Lists of structures are JSON there; anything else that DuckDB may give is told as text.
    return _TYPES.get(data_type, "json" if data_type.endswith("[]") else "text")


def _selected(column: str, data_type: str) -> str:
    name = quoted(column)
    if data_type == "VARCHAR":
        # PostgreSQL's text cannot hold the character NUL.
        return "".join(("replace(", name, ", chr(0), '') AS ", name))
    if data_type in _TYPES:
        return name
    if _type(data_type) == "json":
        return "".join(("replace(CAST(to_json(", name, ") AS VARCHAR), '\\u0000', '') AS ", name))
    return "".join(("CAST(", name, " AS VARCHAR) AS ", name))


def _primary_key(schema: str, table: str, key: Iterable[str]) -> str:
    columns = ", ".join(quoted(column) for column in key)
    return "".join(("ALTER TABLE ", qualified(schema, table), " ADD PRIMARY KEY (", columns, ")"))


def _said(zh: str, en: str) -> str:
    return " / ".join(text for text in (zh, en) if text)


def _grant(
    postgres: _Postgres, schemas: list[str], prefix: str, held: dict[str, tuple[str, ...]], readers: tuple[str, ...]
) -> None:
    """Who could look into an old schema may look into the new one; who could read a table may read its successor."""
    for schema in schemas:
        new = prefix + schema + _NEXT
        for reader in readers:
            postgres.run(" ".join(("GRANT USAGE ON SCHEMA", quoted(new), "TO", quoted(reader))))
            postgres.run(" ".join(("GRANT SELECT ON ALL TABLES IN SCHEMA", quoted(new), "TO", quoted(reader))))
        if schema not in held:
            continue
        for role in _allowed(postgres, _SCHEMA_ACL, prefix + schema):
            postgres.run(" ".join(("GRANT USAGE ON SCHEMA", quoted(new), "TO", role[0])))
        there = set(_tables(postgres, new))
        for role, table in _allowed(postgres, _TABLE_ACL, prefix + schema):
            if table in there:
                postgres.run(" ".join(("GRANT SELECT ON", qualified(new, table), "TO", role)))


_SCHEMA_ACL = (
    "SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END",
    "FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a",
    "WHERE a.privilege_type = 'USAGE' AND a.grantee <> n.nspowner AND n.nspname =",
)
_TABLE_ACL = (
    "SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, c.relname::text",
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) a",
    "WHERE a.privilege_type = 'SELECT' AND a.grantee <> c.relowner AND n.nspname =",
)


def _allowed(postgres: _Postgres, sql: tuple[str, ...], schema: str) -> list[tuple]:
    return postgres.run(" ".join((*sql, literal(schema))))


def _lock(
    postgres: _Postgres, held: dict[str, tuple[str, ...]], prefix: str, server: str, patience: float, loaded: str
) -> float:
    """Lock every old table against readers, all or none, once nobody sees the database as before transaction `loaded`.

    Returns the seconds that this took.
    """
    tables = [qualified(prefix + schema, table) for schema, of_schema in held.items() for table in of_schema]
    begun = time.monotonic()
    if not tables:
        return 0.0
    lock = " ".join(("LOCK TABLE", ", ".join(tables), "IN ACCESS EXCLUSIVE MODE"))
    while True:
        if not _is_seen_as_before(postgres, loaded) and postgres.has_locked(lock):
            return time.monotonic() - begun
        # Gives back the locks that were had already: nobody waits for us while we wait for another. And only a new
        # transaction looks at the other sessions anew.
        postgres.undo()
        if time.monotonic() - begun > patience:
            raise MirrorError(
                server,
                f"readers held its tables, or an older state of the database, for {patience:.0f} seconds without a pause",
                "a moment without an open transaction on them",
                "end what idles in a transaction (pg_stat_activity), and run it again; the older copy stays",
            )
        time.sleep(LOCK_PATIENCE_MS / 1000)


def _is_seen_as_before(postgres: _Postgres, loaded: str) -> bool:
    sql = (
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "AND backend_type = 'client backend' AND age(backend_xmin) >= age(CAST(CAST(",
        literal(loaded),
        "AS xid8) AS xid))",
    )
    return postgres.run(" ".join(sql)) == [(True,)]


def _swap(schemas: list[str], prefix: str, held: dict[str, tuple[str, ...]]) -> list[str]:
    statements = []
    for schema in schemas:
        name, new, old = (quoted(prefix + schema + ending) for ending in ("", _NEXT, _OLD))
        if schema in held:
            statements.append(" ".join(("ALTER SCHEMA", name, "RENAME TO", old)))
        statements.append(" ".join(("ALTER SCHEMA", new, "RENAME TO", name)))
    dropped = (" ".join(("DROP SCHEMA", quoted(prefix + schema + _OLD), "CASCADE")) for schema in held)
    return [*statements, *dropped]
