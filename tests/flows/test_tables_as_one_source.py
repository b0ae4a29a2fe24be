"""A folder or zip of tables that belong together is one source; what its reading remarks is in meta.source_file and told."""

from __future__ import annotations

from pathlib import Path

from flows.land import land_file, landed_rows, source_file_table, take_in
from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import create
from tests.transforms.test_patstat import TABLES, zipped
from transforms.applications import merge_rows


def test_a_folder_of_tables_is_one_source_and_other_files_beside_it_are_their_own(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    folder = workspace.inbox / "patstat 2025"
    folder.mkdir()
    for name, content in TABLES.items():
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    zipped(workspace.inbox, TABLES, "")
    sources = take_in(workspace)
    assert [source.path for source in sources] == ["patstat 2025/tls*", "patstat 2025/notes.csv", "patstat.zip"]
    assert [source.sha256 for source in take_in(workspace)] == [source.sha256 for source in sources]
    landed_files = [file for source in sources for file in land_file(workspace, source, "code", False)]
    assert [(file.export, file.rows_in) for file in landed_files] == [("patstat", 5), (None, 0), ("patstat", 5)]
    assert any("tls211: 2 publications" in remark for remark in landed_files[0].remarks)


def test_the_remarks_of_a_file_are_in_its_row_and_add_up_with_it(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    zipped(workspace.inbox, TABLES)
    files = [file for source in take_in(workspace) for file in land_file(workspace, source, "code", False)]
    _, sources = merge_rows(landed_rows(files)[0])
    row = source_file_table(files, sources.lazy()).row(0, named=True)
    assert (row["rows_in"], row["loaded"], row["quarantined"]) == (5, 4, 1)
    assert row["remarks"] == ["tls211: 2 publications whose filing is not in tls201"]


def test_a_refresh_warns_of_what_was_remarked(tmp_path: Path, capsys) -> None:
    workspace = create(tmp_path / "w")
    zipped(workspace.inbox, TABLES)
    refresh(workspace, Progress())
    told = capsys.readouterr()
    assert "publications whose filing is not in tls201" in told.out + told.err
