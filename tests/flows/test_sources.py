"""sources.toml: tables that a team maps itself, encodings it declares, and every mistake in it told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.land import land_file, take_in
from flows.sources import CANONICAL, Sources, fits, read_sources
from flows.workspace import create
from schemas.errors import WorkspaceError
from transforms.export import recognise

OURS = """
[[table]]
id = "our_list"
title_zh = "本组清单"
title_en = "Our own list"
numbered_by = "filing"
office = "CN"
separator = "、"
dates = "day_month_year"
ignored = ["备注"]
[table.columns]
"专利号" = "application_number"
"名称" = "title"
"权利人" = "current_owners"
"日期" = "filing_date"
"状态" = "legal_status"
[table.values.legal_status]
"维持" = "active"

[[file]]
path = "老/*.csv"
encoding = "gb18030"
"""


def stated(tmp_path: Path, text: str) -> Sources:
    (tmp_path / "sources.toml").write_text(text, encoding="utf-8")
    return read_sources(tmp_path)


def test_a_workspace_without_the_file_declares_nothing(tmp_path: Path) -> None:
    assert read_sources(tmp_path) == Sources()


def test_a_mapped_table_lands_like_any_export(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    (workspace.root / "sources.toml").write_text(OURS, encoding="utf-8")
    (workspace.inbox / "老").mkdir()
    text = (
        "专利号,名称,权利人,日期,状态,备注\n"
        "ZL201910000001.X,一种方法,示例甲公司、示例乙大学,02.01.2019,维持,x\n"
        "201910000002.8,另一种,示例甲公司,03.01.2019,别的,\n"
    )
    (workspace.inbox / "老" / "清单.csv").write_bytes(text.encode("gb18030"))
    (source,) = take_in(workspace)
    (landed,) = land_file(workspace, source, code="0" * 12, is_sample=False)
    assert (landed.export, landed.rows_in, landed.accepted, landed.unmapped_columns) == ("our_list", 2, 1, ())
    row = landed.rows.row(0, named=True)
    assert row["publication_number"] == row["application_number"] == "CN201910000001"
    assert row["current_owners"] == ["示例甲公司", "示例乙大学"]
    assert (str(row["filing_date"]), row["legal_status"], row["patent_type"]) == ("2019-01-02", "active", "invention")
    assert landed.rejected["rule"].to_list() == ["legal_status_unreadable"]


def test_a_file_is_landed_anew_when_what_is_stated_of_it_changes(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    (workspace.inbox / "list.csv").write_text("专利号,名称\n201910000001.X,一种方法\n", encoding="utf-8")
    (source,) = take_in(workspace)
    assert land_file(workspace, source, "0" * 12, is_sample=False)[0].status == "unknown_export"
    (workspace.root / "sources.toml").write_text(
        '[[table]]\nid = "ours"\nnumbered_by = "filing"\noffice = "CN"\n'
        '[table.columns]\n"专利号" = "application_number"\n"名称" = "title"\n',
        encoding="utf-8",
    )
    assert land_file(workspace, source, "0" * 12, is_sample=False)[0].export == "ours"


def test_a_declared_table_goes_before_the_formats_of_the_project(tmp_path: Path) -> None:
    text = '[[table]]\nid = "mine"\n[table.columns]\n"Display Key" = "publication_number"\n"Jurisdiction" = "office_code"\n'
    header = ("Jurisdiction", "Kind", "Display Key", "Lens ID")
    assert recognise(header).id == "lens_csv"
    assert recognise(header, stated(tmp_path, text).tables).id == "mine"


def test_every_canonical_column_can_be_mapped(tmp_path: Path) -> None:
    columns = "".join(f'"h{index}" = "{name}"\n' for index, name in enumerate(CANONICAL))
    (table,) = stated(tmp_path, f'[[table]]\nid = "all"\n[table.columns]\n{columns}').tables
    kinds = {name: field.kind for name, field in table.fields.items()}
    assert kinds["filing_date"] == "date" and kinds["filing_year"] == "number" and kinds["applicants"] == "names"
    assert kinds["ipc_symbols"] == "symbols" and kinds["legal_status"] == "coded" and kinds["title"] == "text"


def test_the_first_pattern_that_fits_declares_the_encoding(tmp_path: Path) -> None:
    sources = stated(tmp_path, OURS)
    assert sources.encoding_of("老/a.csv") == "gb18030"
    assert sources.encoding_of("老/A.CSV") == "gb18030"
    assert sources.encoding_of("新/a.csv") is None


def test_names_fit_a_pattern_in_either_case_whole_or_by_their_last_part() -> None:
    assert fits("2024/AR.XLSX", ["*.csv", "*.xlsx"]) and fits("2024/ar.csv", "*.CSV") and fits("2024/ar.csv", "ar.*")
    assert fits("2024/ar.csv", "2024/*") and not fits("2023/ar.csv", "2024/*") and not fits("ar.xls", "*.xlsx")


COLUMNS = '[table.columns]\n"a" = "publication_number"\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[[table", "Expected"),
        ("[[tables]]\n", "unknown key tables"),
        ("table = 3\n", "table = 3"),
        ("[[table]]\n" + COLUMNS, "id = None"),
        ('[[table]]\nid = "a b"\n' + COLUMNS, "id = 'a b'"),
        ('[[table]]\nid = "lens_csv"\n' + COLUMNS, "a second export lens_csv"),
        ('[[table]]\nid = "x"\n', "no \\[table.columns\\]"),
        ('[[table]]\nid = "x"\n[table.columns]\n"a" = "titel"\n', "'a' = 'titel'"),
        ('[[table]]\nid = "x"\n[table.columns]\n"a" = "title"\n', "no column is mapped to publication_number"),
        ('[[table]]\nid = "x"\nnumbered_by = "filing"\n' + COLUMNS, "no column is mapped to application_number"),
        ('[[table]]\nid = "x"\nnumbered_by = "family"\n' + COLUMNS, "numbered_by = 'family'"),
        ('[[table]]\nid = "x"\n' + COLUMNS + '"(A)" = "title"\n', "stands twice"),
        ('[[table]]\nid = "x"\ndates = "ymd"\n' + COLUMNS, "dates = 'ymd'"),
        ('[[table]]\nid = "x"\nprecedence = "high"\n' + COLUMNS, "precedence = 'high'"),
        ('[[table]]\nid = "x"\nrequired = ["b"]\n' + COLUMNS, "required = \\['b'\\]"),
        ('[[table]]\nid = "x"\n' + COLUMNS + '[table.values.legal_status]\n"a" = "alive"\n', "'a' = 'alive'"),
        ('[[table]]\nid = "x"\n' + COLUMNS + '[table.values.title]\n"a" = "b"\n', "values.title"),
        ('[[file]]\npath = "a"\n', "no encoding"),
        ('[[file]]\npath = "a"\nencoding = "utf-9"\n', "encoding = 'utf-9'"),
        ('[[table]]\nid = "x"\nseparator = ""\n' + COLUMNS, "separator = ''"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=found) as raised:
        stated(tmp_path, text)
    assert "sources.toml" in raised.value.where
