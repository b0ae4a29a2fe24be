"""X11: published files are read-only, their folders closed to others, and nothing that could run is loaded from data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT
from tests.survival.places import EXISTING
from warehouse.publish import verify

FLOORS = ("schemas", "transforms", "warehouse", "flows")
# Each can run code, or write outside its folder, by what a file says.
NEVER_LOADED = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "tarfile"}
NEVER_CALLED = {"extractall", "unpack_archive", "read_pickle"}
BUILT_IN_NEVER_CALLED = {"eval", "exec", "compile"}


def _broken_code() -> Iterator[str]:
    for path in sorted(file for floor in FLOORS for file in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                yield from (f"{where} imports {each.name}" for each in node.names if each.name in NEVER_LOADED)
            elif isinstance(node, ast.ImportFrom) and node.module in NEVER_LOADED:
                yield f"{where} imports from {node.module}"
            elif isinstance(node, ast.Call):
                yield from (f"{where} {told}" for told in _broken_call(node))


def _broken_call(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in NEVER_CALLED or isinstance(call.func, ast.Name) and name in BUILT_IN_NEVER_CALLED:
        yield f"calls {name}"
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    for allowing in ("allow_pickle", "persist_result"):
        if allowing in named and not (isinstance(named[allowing], ast.Constant) and named[allowing].value is False):
            yield f"{allowing} is not False"
    # Prefect pickles what a flow or task returns unless told otherwise.
    if isinstance(call.func, ast.Name) and name in ("flow", "task") and "persist_result" not in named:
        yield f"{name}() without persist_result=False"


def test_nothing_that_could_run_is_loaded_from_data(account) -> None:
    account("X11").trial(*_broken_code())


def test_published_files_are_read_only_in_closed_folders(account, places, tmp_path: Path) -> None:
    x11 = account("X11")
    warehouse = places.copy(EXISTING, tmp_path / "workspace") / "warehouse"
    x11.trial(
        *(
            f"{path.name} has mode {path.stat().st_mode & 0o777:04o}, not {mode:04o}"
            for path, mode in [
                (warehouse, 0o750),
                (warehouse / "builds", 0o750),
                *((file, 0o444) for file in (warehouse / "builds").iterdir()),
            ]
            if path.stat().st_mode & 0o777 != mode
        )
    )
    (warehouse / "builds").chmod(0o777)
    found = [finding.problem for finding in verify(warehouse)]
    x11.trial("" if found == ["builds has mode 0777: others than its owner may write there"] else f"verify: {found}")
