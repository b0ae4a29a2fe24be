"""`sources.toml` of a workspace: what a team states about its files, and tables of its own mapped to canonical columns.

[[table]]
id = "our_list"
title_zh = "本组清单"
title_en = "Our own list"
separator = ";"
[table.columns]             # header of the file = canonical column
"专利号" = "application_number"
"名称" = "title"
[table.values.legal_status] # what the file writes = what it stands for
"授权" = "active"

[[file]]
path = "2015/*.csv"         # in the inbox
encoding = "mac_roman"
"""

from __future__ import annotations

import codecs
import fnmatch
import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.service_settings import SECTIONS
from schemas.columns import LEGAL_STATUSES, PATENT_TYPES
from schemas.errors import WorkspaceError
from schemas.tables import LANDING
from transforms.dates import PARTS
from transforms.export import Export, Field, exports, fold_header

SOURCES = "sources.toml"
_VOCABULARIES = {"patent_type": PATENT_TYPES, "legal_status": LEGAL_STATUSES}
_SYMBOLS = ("ipc_symbols", "cpc_symbols")
# Columns of the landing that the project makes itself, out of the number or for its own book-keeping.
_MADE_HERE = (
    "source_file_id", "row_number", "publication_number_original", "application_number_original", "document_number", "kind_code",
    "stage", "office", "extra_columns",
)  # fmt: skip
CANONICAL = tuple(name for name in LANDING.columns if name not in _MADE_HERE) + ("office_code", "office_name")
_TABLE_KEYS = {
    "id": str, "title_zh": str, "title_en": str, "publisher": str, "separator": str, "dates": (str, list), "nulls": list,
    "precedence": int, "numbered_by": str, "office": str, "columns": dict, "values": dict, "ignored": list, "required": list,
    "caps": list,
}  # fmt: skip
_FILE_KEYS = {"path": str, "encoding": str}


@dataclass(frozen=True)
class Sources:
    """`tables`: exports that the workspace declares. `encodings`: (pattern of inbox paths, encoding). `key`: changes with the file."""

    tables: tuple[Export, ...] = ()
    encodings: tuple[tuple[str, str], ...] = ()
    key: str = ""

    def encoding_of(self, path: str) -> str | None:
        """The declared encoding of an inbox path, the first pattern that fits."""
        return next((encoding for pattern, encoding in self.encodings if fnmatch.fnmatchcase(path, pattern)), None)


def read_sources(root: Path) -> Sources:
    """The workspace's sources.toml, checked; nothing where there is none. Raises WorkspaceError naming the entry that is wrong."""
    path = root / SOURCES
    if not path.exists():
        return Sources()
    data = path.read_bytes()
    try:
        stated = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(str(path), str(error), "TOML in UTF-8", "mend the line") from error
    _require_keys(str(path), stated, {"table": list, "file": list} | dict.fromkeys(SECTIONS, dict))
    tables = tuple(_table(str(path), entry) for entry in stated.get("table", ()))
    ids = [table.id for table in tables]
    for table_id in ids:
        if ids.count(table_id) > 1 or table_id in exports():
            raise WorkspaceError(str(path), f"a second export {table_id}", "an id of its own", "rename it")
    encodings = tuple(_encoding(str(path), entry) for entry in stated.get("file", ()))
    # When to refresh and whom to tell changes no row, and must not make another version.
    of_data = {name: entry for name, entry in stated.items() if name not in SECTIONS}
    key = hashlib.sha256(json.dumps(of_data, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
    return Sources(tables, encodings, key[:12] if of_data else "")


def _require_keys(where: str, entry: object, wanted: dict[str, type | tuple[type, ...]]) -> None:
    if not isinstance(entry, dict):
        raise WorkspaceError(where, f"{entry!r}", "a table of keys", "write [[table]] or [[file]] above it")
    for key, value in entry.items():
        if key not in wanted:
            raise WorkspaceError(where, f"unknown key {key}", "one of " + ", ".join(wanted), "mend or delete it")
        if not isinstance(value, wanted[key]) or isinstance(value, bool):
            kinds = wanted[key] if isinstance(wanted[key], tuple) else (wanted[key],)
            raise WorkspaceError(where, f"{key} = {value!r}", " or ".join(kind.__name__ for kind in kinds), "mend it")


def _encoding(where: str, entry: dict) -> tuple[str, str]:
    where = f"{where} [[file]]"
    _require_keys(where, entry, _FILE_KEYS)
    for key in _FILE_KEYS:
        if key not in entry:
            raise WorkspaceError(where, f"no {key}", "path and encoding", f"add {key} = …")
    try:
        encoding = codecs.lookup(entry["encoding"]).name
    except LookupError as error:
        raise WorkspaceError(
            where, f"encoding = {entry['encoding']!r}", "an encoding's name, like gb18030 or mac_roman", "mend it"
        ) from error
    return entry["path"], encoding


def _table(where: str, entry: dict) -> Export:
    where = f"{where} [[table]] {entry.get('id', '')}".rstrip()
    _require_keys(where, entry, _TABLE_KEYS)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", entry.get("id", "")):
        raise WorkspaceError(where, f"id = {entry.get('id')!r}", "small letters, digits and _", "name it")
    if not entry.get("separator", ";"):
        raise WorkspaceError(
            where, "separator = ''", "the sign between several values of a cell", "name it, or delete it"
        )
    columns = entry.get("columns", {})
    _check_columns(where, columns)
    numbered_by = entry.get("numbered_by", "publication")
    if numbered_by not in ("publication", "filing"):
        raise WorkspaceError(where, f"numbered_by = {numbered_by!r}", "publication or filing")
    number = "publication_number" if numbered_by == "publication" else "application_number"
    if number not in columns.values():
        raise WorkspaceError(
            where, f"no column is mapped to {number}", "the number that tells one record from another", "map it, or change numbered_by"
        )  # fmt: skip
    values = entry.get("values", {})
    _check_values(where, values)
    names = list(dict.fromkeys(columns.values()))
    title = entry.get("title_en") or entry["id"]
    return Export(
        title_zh=entry.get("title_zh") or title,
        title_en=title,
        publisher=entry.get("publisher", title),
        recognised_by=_required(where, entry, columns),
        fields={name: _field(name, columns, values.get(name, {})) for name in names},
        ignored=tuple(entry.get("ignored", ())),
        separator=entry.get("separator", ";"),
        date_formats=_date_formats(where, entry.get("dates", "year_month_day")),
        precedence=entry.get("precedence", 70),
        nulls=("", *entry.get("nulls", ("-", "--"))),
        caps=tuple(entry.get("caps", ())),
        numbered_by=numbered_by,
        office=entry.get("office"),
        id=entry["id"],
    )


def _check_columns(where: str, columns: dict) -> None:
    if not columns:
        raise WorkspaceError(where, "no [table.columns]", "header = canonical column, one line each", "add them")
    for header, name in columns.items():
        if name not in CANONICAL:
            raise WorkspaceError(where, f"{header!r} = {name!r}", "one of " + ", ".join(CANONICAL), "mend the column")
    folded = [fold_header(header) for header in columns]
    twice = [header for header in columns if folded.count(fold_header(header)) > 1]
    if twice:
        raise WorkspaceError(where, f"the header {twice[0]!r} stands twice", "each header once", "delete one of them")


def _check_values(where: str, values: dict) -> None:
    for name, codes in values.items():
        vocabulary = _VOCABULARIES.get(name)
        if vocabulary is None:
            raise WorkspaceError(where, f"values.{name}", "values of " + " or ".join(_VOCABULARIES), "delete it")
        if not isinstance(codes, dict):
            raise WorkspaceError(
                where, f"values.{name} = {codes!r}", "what the file writes = what it stands for", "mend it"
            )
        for written, meant in codes.items():
            if meant not in vocabulary:
                raise WorkspaceError(where, f"{written!r} = {meant!r}", "one of " + ", ".join(vocabulary), "mend it")


def _required(where: str, entry: dict, columns: dict) -> tuple[str, ...]:
    required = tuple(entry.get("required", columns))
    known = {fold_header(header) for header in (*columns, *entry.get("ignored", ()))}
    unknown = [header for header in required if fold_header(str(header)) not in known]
    if unknown or not required:
        raise WorkspaceError(where, f"required = {list(required)}", "headers of [table.columns] or ignored", "mend it")
    return required


def _date_formats(where: str, stated: str | list) -> tuple[str, ...]:
    formats = (stated,) if isinstance(stated, str) else tuple(stated)
    unknown = [name for name in formats if name not in PARTS]
    if unknown or not formats:
        raise WorkspaceError(where, f"dates = {stated!r}", "one or several of " + ", ".join(PARTS), "mend it")
    return formats


def _field(name: str, columns: dict, codes: dict) -> Field:
    headers = tuple(header for header, canonical in columns.items() if canonical == name)
    if name in _VOCABULARIES:
        return Field("coded", headers, {value: value for value in _VOCABULARIES[name]} | codes)
    if name in _SYMBOLS:
        return Field("symbols", headers)
    dtype = LANDING.polars_schema.get(name, pl.String)
    kinds = {pl.Date: "date", pl.Int32: "number", pl.String: "text"}
    return Field(kinds.get(dtype, "names"), headers)
