"""The data of a figure as CSV that a spreadsheet opens with its 中文 whole and without running anything."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date

from warehouse.report.visible import made_visible

# What spreadsheets take for the start of a formula (OWASP, CSV injection), full-width forms included.
STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BYTE_ORDER_MARK = "\ufeff"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Header and rows by RFC 4180, with the byte order mark that Excel needs to read UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([cell(name) for name in columns])
    writer.writerows([cell(value) for value in row] for row in rows)
    return _BYTE_ORDER_MARK + text.getvalue()


def cell(value: object) -> str:
    """One cell: numbers as they are, texts so that they stay texts, lists joined by semicolons, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return _kept_text(";".join(str(item) for item in value))
    return _kept_text(str(value))


def _kept_text(text: str) -> str:
    if text.startswith(STARTS_A_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + made_visible(text)
    return made_visible(text)
