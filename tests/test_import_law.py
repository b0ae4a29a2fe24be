"""Who may import whom: read from the code's own imports."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("schemas", "transforms", "warehouse", "flows")
# floor: (floors it stands on, libraries it may use)
LAW = {
    "schemas": (set(), {"polars", "pandera"}),
    "transforms": (
        {"schemas"},
        {"polars", "pyarrow", "xlrd", "lark", "opencc", "ahocorasick_rs", "numba", "numpy", "rapidfuzz"},
    ),
    "warehouse": (
        {"schemas"},
        {"duckdb", "jinja2", "resvg_py", "xlsxwriter", "adbc_driver_manager", "adbc_driver_postgresql"},
    ),
    "flows": (
        {"schemas", "transforms", "warehouse"},
        {
            "prefect",
            "prefect_dask",
            "distributed",
            "requests",
            "urllib3",
            "typer",
            "rich",
            "polars",
            "pyarrow",
            "duckdb",
            "xlsxwriter",
            "opencc",
        },
    ),
}


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            pytest.fail(f"{path}: a relative import hides which floor is meant")
    return found - set(sys.stdlib_module_names)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_only_what_stands_below_it(floor: str) -> None:
    below, libraries = LAW[floor]
    offences = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / floor).rglob("*.py")
        for name in imports_of(path) - below - libraries - {floor}
    }
    assert not offences


@pytest.mark.parametrize("floor", ("schemas", "transforms", "warehouse"))
def test_floors_below_the_roof_neither_print_nor_log(floor: str) -> None:
    offences = []
    for path in (ROOT / floor).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        offences += [f"{path.relative_to(ROOT)}:{call.lineno}" for call in calls if call.func.id == "print"]
        offences += [f"{path.relative_to(ROOT)} imports logging" for name in [ast.dump(tree)] if "'logging'" in name]
    assert not offences


def test_the_law_would_notice_an_offence(tmp_path: Path) -> None:
    offender = tmp_path / "offender.py"
    offender.write_text("from warehouse.build import build\nimport duckdb\n")
    below, libraries = LAW["transforms"]
    assert imports_of(offender) - below - libraries == {"warehouse", "duckdb"}
