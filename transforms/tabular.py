"""The door to the reading room: read a table exactly as its file has it, every record counted a second time by other means."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from schemas.errors import ArchiveError, UnreadableFileError
from transforms.readers.delimited import read_delimited
from transforms.readers.jsonl import read_json
from transforms.readers.limited import read_limited
from transforms.readers.limits import LIMITS, Limits
from transforms.readers.media import media_of
from transforms.readers.table import (
    ROW_NUMBER,
    SPREADSHEET_ERRORS,
    HeaderNotFoundError,
    IsHeader,
    RawTable,
    Record,
    SeveralTablesError,
    tables_of,
)
from transforms.readers.xml import XmlRecords

__all__ = [
    "ROW_NUMBER",
    "SPREADSHEET_ERRORS",
    "HeaderNotFoundError",
    "IsHeader",
    "RawTable",
    "Record",
    "SeveralTablesError",
    "XmlRecords",
    "media_of",
    "read_table",
    "read_tables",
]

# A workbook leaves out a row's last empty cells; of the other media a record that is too short has lost something.
_MAY_BE_SHORT = frozenset({"xlsx", "xls", "xml", "parquet"})


def read_table(
    path: Path,
    name: str,
    is_header: IsHeader,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    list_separator: str | None = None,
    json_records: str | None = None,
    xml_records: tuple[XmlRecords, ...] = (),
    limits: Limits = LIMITS,
) -> RawTable:
    """The one table in `path`, its header being the first record for which `is_header(cells)` holds (within 20 records).

    `name` is what errors call the file. Where there are tables of several headers, `sheet` says which is meant. For the rest see
    `read_tables`. Raises UnreadableFileError (HeaderNotFoundError, SeveralTablesError, EncodingError, ReadingLimitError, …).
    """
    tables = read_tables(
        path,
        name,
        is_header,
        encoding=encoding,
        list_separator=list_separator,
        json_records=json_records,
        xml_records=xml_records,
        limits=limits,
    )
    if sheet is not None:
        tables = [table for table in tables if table.sheet == sheet]
        if not tables:
            raise UnreadableFileError(name, f"no table with a known header on {sheet}", "the sheet that was named")
    if len(tables) > 1:
        raise SeveralTablesError(name, tuple(table.sheet or "" for table in tables))
    return tables[0]


def read_tables(
    path: Path,
    name: str,
    is_header: IsHeader,
    *,
    encoding: str | None = None,
    list_separator: str | None = None,
    json_records: str | None = None,
    xml_records: tuple[XmlRecords, ...] = (),
    limits: Limits = LIMITS,
) -> list[RawTable]:
    """Every table whose header is known: sheets of one header are one table, sheets of another another.

    `encoding`: declared, for text and HTML. `list_separator`: between the values of a JSON or Parquet list, which otherwise stays
    JSON. `json_records`: dotted keys to the records of a JSON document. `xml_records`: which elements of XML are records.
    Spreadsheets, HTML, XML and Parquet are read in a child within `limits`.
    """
    medium = media_of(path, name)
    if medium in ("gzip", "zip"):
        raise ArchiveError(name, "an archive within an archive", "one archive at most", "unpack it into the inbox")
    if medium == "csv":
        return [read_delimited(path, name, is_header, encoding)]
    if medium == "json":
        return [read_json(path, name, is_header, encoding, json_records, list_separator)]
    options = {
        "encoding": encoding,
        "list_separator": list_separator,
        "xml_records": [asdict(each) for each in xml_records],
    }
    sheets = read_limited(medium, path, name, limits, options)
    return tables_of(sheets, medium, name, is_header, medium in _MAY_BE_SHORT)
