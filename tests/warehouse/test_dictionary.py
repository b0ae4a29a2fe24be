from __future__ import annotations

import pytest

from schemas.errors import QuestionError
from schemas.tables import WAREHOUSE_TABLES
from warehouse import cabinet
from warehouse.build import BuildReport
from warehouse.dictionary import describe, markdown


def test_everything_in_a_warehouse_is_described_in_both_languages(built: BuildReport) -> None:
    for entry in describe(built.target):
        assert entry.title_zh, entry
        assert entry.title_en, entry


def test_the_declarations_tell_the_same_as_a_warehouse(built: BuildReport) -> None:
    assert describe() == describe(built.target)


def test_every_table_and_metric_is_there() -> None:
    tables = {entry.table for entry in describe()}
    assert {table.full_name for table in WAREHOUSE_TABLES} <= tables
    assert {f"metrics.{metric.metric}" for metric in cabinet.metrics()} <= tables
    assert {"meta.build", "meta.run", "meta.metric", "meta.check"} <= tables


@pytest.mark.parametrize("table", WAREHOUSE_TABLES, ids=lambda table: table.full_name)
def test_comments_are_the_declared_texts(table) -> None:
    told = {entry.column: entry for entry in describe(name=table.full_name)}
    assert list(told) == [None, *table.columns]
    for column in table.described_columns:
        entry = told[column.name]
        code = f" [{column.code}]" if column.code else ""
        assert (entry.title_zh, entry.title_en) == (column.title_zh, column.title_en)
        assert (entry.description_zh, entry.description_en) == (column.description_zh, column.description_en + code)


def test_one_table_by_its_short_name(built: BuildReport) -> None:
    entries = describe(built.target, "office")
    assert [entry.column for entry in entries] == [None, "office", "name_zh", "name_en", "is_ip5", "is_national"]
    assert entries[1].data_type == "VARCHAR"


def test_an_unknown_table_names_the_known_ones() -> None:
    with pytest.raises(QuestionError, match="core.application"):
        describe(name="no_such_table")


def test_the_page_has_a_section_per_table_and_a_line_per_column() -> None:
    page = markdown(describe())
    for table in WAREHOUSE_TABLES:
        assert f"## {table.full_name}\n" in page
    assert "| filing_year | INTEGER | 申请年：" in page
    assert page.count("\n| ") == len([entry for entry in describe() if entry.column]) + len(
        {entry.table for entry in describe()}
    )
