"""What `patnav diff` says of two versions: every label gained or lost, and what moved it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.compare import LabelChange, compare_labels

TABLES = """
CREATE SCHEMA core;
CREATE TABLE core.application (application_id VARCHAR);
CREATE TABLE core.application_branch (application_id VARCHAR, branch VARCHAR, level VARCHAR);
CREATE TABLE core.branch (branch VARCHAR, title_zh VARCHAR, branch_version VARCHAR);
CREATE TABLE core.review_decision (application_id VARCHAR, branch VARCHAR, decision VARCHAR, decision_date DATE);
"""


def version(path: Path, labels: str, branches: str, applications: str = "a1 a2 a3 a4", decisions=(), drop="") -> Path:
    """`labels` as "a1:gpu a2:gpu/related", `branches` as "gpu=v1"."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
        for each in applications.split():
            connection.execute("INSERT INTO core.application VALUES (?)", [each])
        for each in labels.split():
            application, _, rest = each.partition(":")
            branch, _, level = rest.partition("/")
            row = [application, branch, level or "core"]
            connection.execute("INSERT INTO core.application_branch VALUES (?, ?, ?)", row)
        for each in branches.split():
            branch, _, number = each.partition("=")
            connection.execute("INSERT INTO core.branch VALUES (?, ?, ?)", [branch, f"{branch}分支", number])
        for row in decisions:
            connection.execute("INSERT INTO core.review_decision VALUES (?, ?, ?, ?)", list(row))
        connection.execute(drop)
    return path


def changes(tmp_path: Path, earlier: dict, later: dict) -> list[tuple]:
    before, after = version(tmp_path / "before.duckdb", **earlier), version(tmp_path / "after.duckdb", **later)
    return [(each.branch, each.change, each.cause, each.examples) for each in compare_labels(after, before)]


@pytest.mark.parametrize(
    ("earlier", "later", "found"),
    [
        ({"labels": "a1:gpu"}, {"labels": "a1:gpu"}, []),
        ({"labels": ""}, {"labels": "a9:gpu", "applications": "a1 a9"}, [("gpu", "gained", "filing new", ("a9",))]),
        ({"labels": "a4:gpu"}, {"labels": "", "applications": "a1"}, [("gpu", "lost", "filing gone", ("a4",))]),
        ({"labels": "a1:gpu"}, {"labels": "a1:gpu/related"}, [("gpu", "lost", "record changed", ("a1",))]),
        ({"labels": ""}, {"labels": "a1:gpu", "branches": "gpu=v2"}, [("gpu", "gained", "rules changed", ("a1",))]),
        ({"labels": ""}, {"labels": "a1:cim", "branches": "cim=v1"}, [("cim", "gained", "rules changed", ("a1",))]),
        ({"labels": "a1:gpu"}, {"labels": "", "branches": "cim=v1"}, [("gpu", "lost", "rules changed", ("a1",))]),
        (
            {"labels": "a1:gpu a2:gpu"},
            {"labels": "", "decisions": [("a1", "gpu", "core", "2024-01-01"), ("a1", "gpu", "none", "2024-01-02")]},
            [("gpu", "lost", "decision", ("a1",)), ("gpu", "lost", "record changed", ("a2",))],
        ),
        (
            {"labels": "a1:gpu", "decisions": [("a1", "gpu", "core", "2024-01-01")]},
            {"labels": "", "branches": "gpu=v2", "decisions": [("a1", "gpu", "core", "2024-01-01")]},
            [("gpu", "lost", "rules changed", ("a1",))],
        ),
        (
            {"labels": "", "drop": "ALTER TABLE core.branch DROP branch_version"},
            {"labels": "a1:gpu a2:gpu a3:gpu a4:gpu"},
            [("gpu", "gained", "labelled anew", ("a1", "a2", "a3"))],
        ),
    ],
)
def test_every_change_has_its_cause(tmp_path: Path, earlier: dict, later: dict, found: list) -> None:
    assert changes(tmp_path, {"branches": "gpu=v1"} | earlier, {"branches": "gpu=v1"} | later) == found


def test_a_branch_is_named_in_chinese_even_where_it_has_gone(tmp_path: Path) -> None:
    before = version(tmp_path / "before.duckdb", "a1:gpu a2:gpu", "gpu=v1")
    after = version(tmp_path / "after.duckdb", "", "cim=v1")
    assert compare_labels(after, before) == [LabelChange("gpu", "gpu分支", "lost", "rules changed", 2, ("a1", "a2"))]
