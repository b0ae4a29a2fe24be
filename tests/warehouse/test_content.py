"""Instances of DuckDB are bounded in memory: what does not fit goes through the disk, and nothing of it stays."""

from __future__ import annotations

from pathlib import Path

from warehouse import content

ROWS = 2_000_000


def test_what_does_not_fit_into_memory_goes_through_the_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setitem(content.BOUNDED, "memory_limit", "100MB")
    monkeypatch.chdir(tmp_path)
    with content.empty_instance() as connection:
        # Numbers spread without order, each beside a text: some 200 MB, in one thread and its buffers.
        connection.execute("SET threads = 1")
        connection.execute(
            "CREATE TABLE filing AS SELECT md5(number::VARCHAR) AS id, repeat('x', 60) AS title FROM range(?) r(number)",
            [ROWS],
        )
        connection.execute("CREATE TABLE sorted AS SELECT * FROM filing ORDER BY id")
        is_spilled = any(path.is_file() for path in Path(tmp_path).rglob("*"))
        held = connection.execute("SELECT count(*), count(DISTINCT id), bool_and(title = repeat('x', 60)) FROM sorted")
        assert held.fetchone() == (ROWS, ROWS, True)
    assert is_spilled
    assert not any(path.is_file() for path in Path(tmp_path).rglob("*"))


def test_an_instance_spills_nothing_where_a_command_is_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with content.empty_instance() as connection:
        (spilled,) = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    assert Path(spilled).is_absolute()
    assert not Path(spilled).is_relative_to(tmp_path)
