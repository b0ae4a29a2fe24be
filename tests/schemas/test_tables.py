"""The declarations hold together: keys, references, descriptions in both languages, standard names."""

from __future__ import annotations

import re

import polars as pl
import pytest

from schemas.columns import COLUMNS
from schemas.tables import TABLES, pandera_schema

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("column", COLUMNS.values(), ids=lambda column: column.name)
def test_every_column_is_described_in_both_languages(column) -> None:
    assert HAN.search(column.title_zh + column.description_zh)
    assert column.title_en and column.description_en
    assert not HAN.search(column.title_en)


def test_every_column_is_used_by_a_table() -> None:
    used = {name for table in TABLES.values() for name in table.columns}
    assert not set(COLUMNS) - used


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.full_name)
def test_a_table_names_its_own_columns(table) -> None:
    assert set(table.key) <= set(table.columns)
    assert set(table.required) <= set(table.columns)
    assert set(table.references) <= set(table.columns)
    assert set(table.references.values()) <= set(TABLES)
    assert HAN.search(table.grain_zh) and table.grain_en
    assert list(pandera_schema(table.full_name).columns) == list(table.columns)


@pytest.mark.parametrize("column", COLUMNS.values(), ids=lambda column: column.name)
def test_names_keep_to_their_endings(column) -> None:
    assert (column.dtype == pl.Date) == column.name.endswith("_date")
    assert (column.dtype == pl.Boolean) == column.name.startswith("is_")
    if column.name.endswith("_year"):
        assert column.dtype == pl.Int32
    assert column.name not in ("count", "value", "num")
