"""Which medium a file is, told by its first bytes and never by its extension."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from schemas.errors import UnreadableFileError

_TEXT_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HEAD = 4096
# Formats that are known and not read: what they are, and what to do instead.
_REFUSED = (
    (b"%PDF", "a PDF document", "export it as XLSX or CSV"),
    (b"Rar!", "a RAR archive", "unpack it into the inbox"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it into the inbox"),
    (b"BZh", "a bzip2 archive", "unpack it into the inbox"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it into the inbox"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it into the inbox"),
    (b"SQLite format 3", "an SQLite database", "export its table as CSV"),
    (b"ARROW1", "an Arrow file", "write it as Parquet"),
    (b"\x89PNG", "a picture", "export the table itself"),
    (b"\xff\xd8\xff", "a picture", "export the table itself"),
)
MEDIA = ("csv", "gzip", "html", "json", "parquet", "xls", "xlsx", "xml", "zip")
READABLE = "XLSX, XLS, CSV, TSV, HTML, JSON lines, XML or Parquet, or a gzip or zip of these"


def media_of(path: Path, name: str) -> str:
    """One of xlsx, xls, html, xml, json, parquet, csv; and gzip, zip, which `containers.py` opens.

    Raises UnreadableFileError for an empty file and for formats that are known and not read.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD)
    if not start:
        raise UnreadableFileError(name, "an empty file", "a patent export", "export it again")
    for magic, found, remedy in _REFUSED:
        if start.startswith(magic):
            raise UnreadableFileError(name, found, READABLE, remedy)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(path, name)
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") or re.match(
        rb"\x09[\x00\x02\x04\x08][\x04-\x08]\x00", start
    ):
        return "xls"
    if start.startswith(b"PAR1"):
        return "parquet"
    return _kind_of_text(start)


def _kind_of_zip(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.replace("\\", "/").lower() for member in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(name, f"a damaged archive ({error})", "XLSX or zip", "export it again") from error
    if "xl/workbook.bin" in members:
        raise UnreadableFileError(name, "a binary workbook (.xlsb)", READABLE, "save it as .xlsx")
    if "content.xml" in members and "mimetype" in members:
        raise UnreadableFileError(name, "an OpenDocument file", READABLE, "save it as .xlsx")
    if "word/document.xml" in members or "ppt/presentation.xml" in members:
        raise UnreadableFileError(name, "a text or slide document", READABLE, "export the table itself")
    return "xlsx" if "[content_types].xml" in members else "zip"


def _kind_of_text(start: bytes) -> str:
    text = _text_of_start(start).lstrip()
    if re.match(r"(?i)<(!doctype\s+html|html|head|meta|body|style|table|div|center|script|!--)", text):
        return "html"
    if text.startswith("<"):
        return "html" if re.search(r"(?i)<html[\s>]", text) else "xml"
    if re.match(r'\{\s*["}]', text) or re.match(r"\[\s*[{\]]", text):
        return "json"
    return "csv"


def _text_of_start(start: bytes) -> str:
    # Only the ASCII of the first characters is looked at; which encoding the rest is in, the reader finds out.
    for mark, encoding in _TEXT_MARKS.items():
        if start.startswith(mark):
            return start[: len(start) // 2 * 2].decode(encoding, errors="ignore")
    return start.replace(b"\x00", b"").decode("ascii", errors="replace")
