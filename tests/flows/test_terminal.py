"""A table on a terminal, however narrow, shows all that it holds; in a pipe each row is one line."""

from __future__ import annotations

import io
import re
import sys
from collections import Counter

import pytest
from rich.cells import cell_len

from flows.terminal import Format, print_answer

SENTENCE = "申请量居前的申请人为国际商业机器公司、英特尔公司、Synthetic Computing Corp 066、三星电子株式会社。"
KEY = "0950220befc317d7"
COLUMNS = ("版本 version", "verdict", "sentence_zh", "[path]", "applications")
ROWS = [(KEY, "✗", SENTENCE, "patsnap/智慧芽_导出_1[a].XLSX", 1880), (KEY, "✓", "杭州。:smile:", None, 7)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, width: int, columns=COLUMNS, rows=ROWS, kind=Terminal) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", kind())
    print_answer(columns, rows, Format.table)
    return re.sub(r"\x1b\[\d*m", "", sys.stdout.getvalue())


def letters(text: str) -> Counter[str]:
    return Counter(text.replace(" ", "").replace("\n", ""))


@pytest.mark.parametrize("width", (40, 47, 60, 79, 80, 81, 100, 120, 200))
def test_a_terminal_of_any_width_shows_every_letter(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    told = shown(monkeypatch, width)
    written = "".join("" if cell is None else str(cell) for row in (COLUMNS, *ROWS) for cell in row)
    assert letters(told) == letters(written)


@pytest.mark.parametrize("width", (80, 120))
def test_a_key_stays_in_one_piece_and_rows_in_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = shown(monkeypatch, width).splitlines()
    assert sum(KEY in line for line in lines) == 2
    assert all(cell_len(line) <= width for line in lines)


def test_of_very_many_columns_each_row_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = tuple(f"column_{number}" for number in range(40))
    told = shown(monkeypatch, 80, columns, [tuple(f"值{number}" for number in range(40))])
    assert len(told.splitlines()) == 2 and "值39" in told


def test_in_a_pipe_each_row_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    told = shown(monkeypatch, 40, kind=io.StringIO)
    assert len(told.splitlines()) == 3 and SENTENCE in told
