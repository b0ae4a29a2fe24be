"""A client of another DuckDB: counts the rows of every table and view of a file and reads the hashes of tables; run by its Python.

Standard input: {"database", "digests": {table: SQL}}. Standard output: {"version", "rows": {name: rows}, "digests": {table: row}}.
"""

import json
import sys

import duckdb

request = json.load(sys.stdin)
with duckdb.connect(request["database"], read_only=True) as connection:
    names = connection.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables "
        "WHERE table_schema IN ('core', 'meta', 'metrics') ORDER BY 1"
    ).fetchall()
    rows = {name: connection.execute("SELECT count(*) FROM " + name).fetchone()[0] for (name,) in names}
    digests = {name: list(connection.execute(sql).fetchone()) for name, sql in request["digests"].items()}
json.dump({"version": duckdb.__version__, "rows": rows, "digests": digests}, sys.stdout, default=str)
