"""`sources.toml` of a workspace: where exports are pulled from, what a team states about its files, and tables of its own.

[[source]]
id = "bulk"
kind = "http"               # a file of clients/; docs/sources.md has each with its keys
listing = "https://files.example.org/exports/"
pattern = "*.zip"

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from flows.service_settings import SECTIONS
from schemas.columns import LEGAL_STATUSES, PATENT_TYPES
from schemas.errors import WorkspaceError
from schemas.tables import LANDING
from transforms.dates import PARTS
from transforms.export import Export, Field, exports, fold_header
from transforms.readers.media import MEDIA

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
_NUMBER = (int, float)
# What every [[source]] may state, and what every one that is asked over the network may.
_SOURCE_KEYS = {
    "id": str, "kind": str, "title_zh": str, "title_en": str, "stale_after_days": _NUMBER, "keep_vanished": bool, "shrink_limit": _NUMBER,
}  # fmt: skip
_NETWORK_KEYS = {
    "hosts": list, "internal_hosts": list, "token_variable": str, "token_header": str, "token_prefix": str, "proxy_variable": str,
    "ca_file": str, "deadline_seconds": _NUMBER, "silence_seconds": _NUMBER, "longest_wait_seconds": _NUMBER, "pause_seconds": _NUMBER,
    "attempts": int, "max_bytes": int, "format": (str, list), "header": list,
}  # fmt: skip
_MOST_ATTEMPTS = 100
_HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?")
_INTERNAL_HOST = re.compile(r"[a-z0-9.:_-]*[a-z0-9]")  # any port is meant; a colon is of an IPv6 address
CLIENTS = Path(__file__).with_name("clients")


@dataclass(frozen=True)
class Place:
    """Where in sources.toml something is stated, for messages. `number`: which of the entries of its section, from 0."""

    path: str
    text: str
    section: str = ""
    number: int = 0
    name: str = ""

    def __str__(self) -> str:
        return self.at(None)

    def at(self, key: str | None) -> str:
        """The line of a key of the entry, or of its head."""
        label = f" [[{self.section}]] {self.name}".rstrip() if self.section else ""
        line = self._line(key)
        return f"{self.path}{f':{line}' if line else ''}{label}"

    def _line(self, key: str | None) -> int | None:
        lines = self.text.splitlines()
        start = 0
        if self.section:
            heads = [i for i, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{self.section}\s*\]\]", line)]
            start = heads[self.number] if self.number < len(heads) else 0
        if key is None:
            return start + 1 if self.section else None
        for number, line in enumerate(lines[start:], start=start + 1):
            if re.match(rf"\s*(\[\[?\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\]]", line):
                return number
            if number > start + 1 and line.lstrip().startswith("[["):
                break
        return start + 1 if self.section else None


@dataclass(frozen=True)
class Source:
    """A place that exports are pulled from, as stated and checked. `where` says which entry it is; `stated` are its keys."""

    id: str
    kind: str
    stated: Mapping[str, Any]
    place: Place = field(repr=False, compare=False)

    @property
    def where(self) -> str:
        return f"数据源 source {self.id}"

    @property
    def is_remote(self) -> bool:
        return client(self.kind).IS_REMOTE

    def get(self, key: str, default: Any = None) -> Any:
        return self.stated.get(key, default)


def client(kind: str) -> ModuleType:
    """The file of clients/ that knows how a kind of source is asked.

    It has KEYS (what an entry may state besides the common keys, and of which type), REQUIRED, HOSTS (asked by default), IS_REMOTE,
    `check(source)`, which raises WorkspaceError, and `pull(source, call)`, which yields PulledFile.
    """
    return import_module(f"flows.clients.{kind}")


def kinds() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in CLIENTS.glob("[!_]*.py")))


@dataclass(frozen=True)
class Sources:
    """`tables`: exports that the workspace declares. `encodings`: (pattern of paths, encoding). `key`: changes with these two.

    `pulled`: where exports are pulled from; what came from there tells itself whether the data has changed.
    """

    tables: tuple[Export, ...] = ()
    encodings: tuple[tuple[str, str], ...] = ()
    key: str = ""
    pulled: tuple[Source, ...] = ()

    def encoding_of(self, path: str) -> str | None:
        """The declared encoding of an inbox path, the first pattern that fits."""
        return next((encoding for pattern, encoding in self.encodings if _is_alike(path, pattern)), None)


def fits(name: str, patterns: str | Sequence[str]) -> bool:
    """Whether the name, or its last part, is of one of the patterns; tools write .XLSX and .xlsx."""
    last = name.rpartition("/")[2]
    wanted = (patterns,) if isinstance(patterns, str) else patterns
    return any(_is_alike(name, each) or _is_alike(last, each) for each in wanted)


def _is_alike(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


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
    text = data.decode("utf-8")
    _require_keys(
        Place(str(path), text), stated, {"source": list, "table": list, "file": list} | dict.fromkeys(SECTIONS, dict)
    )

    def entries(section: str) -> list[tuple[Place, dict]]:
        names = [str(entry.get("id", "")) if isinstance(entry, dict) else "" for entry in stated.get(section, ())]
        places = [Place(str(path), text, section, number, name) for number, name in enumerate(names)]
        return list(zip(places, stated.get(section, ()), strict=True))

    tables = tuple(_table(place, entry) for place, entry in entries("table"))
    ids = [table.id for table in tables]
    for table_id in ids:
        if ids.count(table_id) > 1 or table_id in exports():
            raise WorkspaceError(str(path), f"a second export {table_id}", "an id of its own", "rename it")
    encodings = tuple(_encoding(place, entry) for place, entry in entries("file"))
    pulled = tuple(_source(place, entry) for place, entry in entries("source"))
    for source in pulled:
        if sum(source.id == other.id for other in pulled) > 1:
            raise WorkspaceError(str(source.place), f"a second source {source.id}", "an id of its own", "rename it")
    of_data = {name: stated[name] for name in ("table", "file") if name in stated}
    told = json.dumps(of_data, ensure_ascii=False, sort_keys=True, default=str)
    return Sources(tables, encodings, hashlib.sha256(told.encode()).hexdigest()[:12] if of_data else "", pulled)


def _require_keys(place: Place, entry: object, wanted: dict[str, type | tuple[type, ...]]) -> None:
    if not isinstance(entry, dict):
        raise WorkspaceError(str(place), f"{entry!r}", "a table of keys", "write [[table]] or [[file]] above it")
    for key, value in entry.items():
        if key not in wanted:
            raise WorkspaceError(
                place.at(key), f"unknown key {key}", "one of " + ", ".join(wanted), "mend or delete it"
            )
        kinds_of_value = wanted[key] if isinstance(wanted[key], tuple) else (wanted[key],)
        if not isinstance(value, kinds_of_value) or (isinstance(value, bool) and bool not in kinds_of_value):
            told = " or ".join(kind.__name__ for kind in kinds_of_value)
            # What stands where a variable is to be named may be a credential.
            shown = "…" if key.endswith("_variable") else repr(value)
            raise WorkspaceError(place.at(key), f"{key} = {shown}", told, "mend it")


def _source(place: Place, entry: dict) -> Source:
    _require_keys(
        place,
        {key: entry[key] for key in ("id", "kind") if key in entry} if isinstance(entry, dict) else entry,
        _SOURCE_KEYS,
    )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", entry.get("id", "")):
        raise WorkspaceError(place.at("id"), f"id = {entry.get('id')!r}", "small letters, digits and _", "name it")
    kind = entry.get("kind")
    if kind not in kinds():
        raise WorkspaceError(place.at("kind"), f"kind = {kind!r}", "one of " + ", ".join(kinds()), "mend it")
    asked = client(kind)
    _require_keys(place, entry, _SOURCE_KEYS | (_NETWORK_KEYS if asked.IS_REMOTE else {}) | asked.KEYS)
    for key in asked.REQUIRED:
        if not entry.get(key):
            raise WorkspaceError(str(place), f"no {key}", " and ".join(asked.REQUIRED), f"add {key} = …")
    source = Source(entry["id"], kind, entry, place)
    _check_source(source)
    asked.check(source)
    return source


def _check_source(source: Source) -> None:
    """What holds of the common keys, whatever the kind."""
    for key in ("hosts", "internal_hosts", "header"):
        if not all(isinstance(each, str) and each for each in source.get(key, ())):
            raise WorkspaceError(source.place.at(key), f"{key} = {source.get(key)!r}", "a list of texts", "mend it")
    for key, form in (("hosts", _HOST), ("internal_hosts", _INTERNAL_HOST)):
        for host in source.get(key, ()):
            if not form.fullmatch(host):
                told = (
                    '"files.example.org", "*.example.org", "files.example.org:8443"'
                    if form is _HOST
                    else '"files.intra"'
                )
                raise WorkspaceError(source.place.at(key), f"{key} = {host!r}", f"names like {told}", "mend it")
    for key, value in source.stated.items():
        if key.endswith("_variable") and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
            # What stands there may be the credential itself: it is not repeated.
            raise WorkspaceError(
                source.place.at(key), f"{key} is no name of an environment variable", f'{key} = "MY_TOKEN"',
                "put the credential into the environment, never into this file",
            )  # fmt: skip
        is_low = isinstance(value, _NUMBER) and not isinstance(value, bool) and value <= 0
        if is_low and (value < 0 or key not in ("pause_seconds", "settle_seconds", "shrink_limit")):
            raise WorkspaceError(source.place.at(key), f"{key} = {value}", "a number above 0", "mend it")
    media = source.get("format", ())
    if not all(each in MEDIA for each in ([media] if isinstance(media, str) else media)):
        raise WorkspaceError(source.place.at("format"), f"format = {media!r}", "of " + ", ".join(MEDIA), "mend it")
    if not 0 <= source.get("shrink_limit", 0.5) <= 1:
        raise WorkspaceError(
            source.place.at("shrink_limit"), f"shrink_limit = {source.get('shrink_limit')}", "a share from 0 to 1"
        )
    if source.get("attempts", 1) > _MOST_ATTEMPTS:
        raise WorkspaceError(
            source.place.at("attempts"), f"attempts = {source.get('attempts')}", f"at most {_MOST_ATTEMPTS}"
        )


def _encoding(place: Place, entry: dict) -> tuple[str, str]:
    _require_keys(place, entry, _FILE_KEYS)
    where = str(place)
    for key in _FILE_KEYS:
        if key not in entry:
            raise WorkspaceError(where, f"no {key}", "path and encoding", f"add {key} = …")
    try:
        encoding = codecs.lookup(entry["encoding"]).name
    except LookupError as error:
        raise WorkspaceError(
            place.at("encoding"),
            f"encoding = {entry['encoding']!r}",
            "an encoding's name, like gb18030 or mac_roman",
            "mend it",
        ) from error
    return entry["path"], encoding


def _table(place: Place, entry: dict) -> Export:
    _require_keys(place, entry, _TABLE_KEYS)
    where = str(place)
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
