"""R19: what we publish opens with DuckDB 1.5 and with ours, and both read the same values."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from warehouse import cabinet, ddl
from warehouse.content import opened

CLIENT = Path(__file__).with_name("clients.py")
OLDER = Path(os.environ.get("PATNAV_DUCKDB15", ROOT / ".venv-duckdb15" / "bin" / "python"))


def _older() -> str:
    """The Python that has DuckDB 1.5, or a skip that says why there is none."""
    found = subprocess.run([str(OLDER), "-c", "import duckdb"], capture_output=True) if OLDER.exists() else None
    if found is None or found.returncode:
        pytest.skip("DuckDB 1.5 could not be installed here (PATNAV_DUCKDB15 names a Python that has it)")
    return str(OLDER)


def _read_by(python: str, database: Path, digests: dict[str, str]) -> dict:
    request = json.dumps({"database": str(database), "digests": digests})
    done = subprocess.run([python, str(CLIENT)], input=request, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_older_clients_read_the_same(account, world_workspace) -> None:
    """Every table's values and every metric's rows, of a whole warehouse."""
    from flows.progress import Progress
    from flows.refresh import refresh

    python = _older()
    r19 = account("R19")
    refresh(world_workspace, Progress(quiet=True))
    database = world_workspace.database.resolve()
    with opened(database) as connection:
        tables = connection.execute(cabinet.statement("tables")).fetchall()
        digests = {f"{schema}.{name}": _digest(connection, ddl.qualified(schema, name)) for schema, name in tables}
    ours, theirs = (_read_by(each, database, digests) for each in (sys.executable, python))
    assert ours["version"].startswith("2.") and theirs["version"].startswith("1.5.")
    assert len(ours["rows"]) > 70 and len(ours["digests"]) > 30
    for kind in ("rows", "digests"):
        differing = sorted(name for name in ours[kind] if theirs[kind].get(name) != ours[kind][name])
        r19.trial("" if not differing else f"{theirs['version']} reads other {kind} in {', '.join(differing)}")


def _digest(connection, relation: str) -> str:
    described = connection.execute(ddl.columns_of(relation)).description
    return ddl.digest(relation, [column for column, *_ in described])
