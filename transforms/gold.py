"""Gold sets: records whose branches people have decided, as JSONL or as the filled-in workbook of `patnav review sample`.

In JSONL every line is an object with id, title, abstract, codes (symbols that stand in for IPC and CPC alike), core (branches
that the record belongs to; [] none, null not labelled yet) and disputed (branches on which readers differ). A table has the
same as columns: branches by id or Chinese name with ; between, `-` or 无 for none, and an empty cell where nobody has decided.
Where a record's IPC, CPC and claims are known apart they stand in ipc_symbols, cpc_symbols and claims.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from schemas.branches import Taxonomy
from schemas.errors import UnreadableFileError
from transforms.classify import RECORDS
from transforms.tabular import ROW_NUMBER, read_table

TABLES = (".xlsx", ".csv")
NONE = ("-", "—", "无", "none")
_BETWEEN = re.compile(r"[;；,，、|\n]+")
_TEXTS = ("title", "abstract", "claims")
_LISTS = ("codes", "ipc_symbols", "cpc_symbols")


@dataclass(frozen=True)
class GoldRecord:
    """`core` and `disputed` hold branch ids; a branch in neither is one that the record does not belong to."""

    id: str
    title: str | None
    abstract: str | None
    claims: str | None
    ipc_symbols: tuple[str, ...]
    cpc_symbols: tuple[str, ...]
    core: frozenset[str]
    disputed: frozenset[str]

    def as_record(self) -> dict[str, Any]:
        """As the classifier reads it."""
        symbols = {"ipc_symbols": list(self.ipc_symbols), "cpc_symbols": list(self.cpc_symbols)}
        return {"record_id": self.id, **{name: getattr(self, name) for name in _TEXTS}, **symbols}


@dataclass(frozen=True)
class Gold:
    """The labelled records of a file; `unlabelled` more stand in it on which nobody has decided yet."""

    records: tuple[GoldRecord, ...]
    unlabelled: int


def read_gold(path: Path, taxonomy: Taxonomy) -> Gold:
    """A gold file (.xlsx and .csv as tables, anything else as JSONL), checked line by line.

    Raises UnreadableFileError naming the line, and where no record is labelled.
    """
    rows = _table_rows(path, taxonomy) if path.suffix.lower() in TABLES else _json_rows(path)
    known = {branch.id for branch in taxonomy.branches}
    records, unlabelled = [], 0
    for where, row in rows:
        record = _checked(row, where, known)
        unlabelled += record is None
        records += [record] if record else []
    for record_id, lines in Counter(record.id for record in records).items():
        if lines > 1:
            raise UnreadableFileError(path.name, f"the id {record_id!r} stands {lines} times", "every record once")
    if not records:
        found = f"{unlabelled} records, none of them labelled" if unlabelled else "no record"
        raise UnreadableFileError(path.name, found, "records with their branches in `core`, [] or `-` for none")
    return Gold(tuple(records), unlabelled)


def frame_of(records: Iterable[GoldRecord]) -> pl.DataFrame:
    """The records as the classifier takes them (columns RECORDS)."""
    return pl.DataFrame([record.as_record() for record in records], schema=RECORDS)


def _json_rows(path: Path) -> Iterable[tuple[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableFileError(path.name, str(error), "JSONL in UTF-8, or a table in .xlsx or .csv") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{path.name}, line {number}"
            try:
                yield where, json.loads(line)
            except json.JSONDecodeError as error:
                raise UnreadableFileError(where, f"no JSON: {error}", "one object per line") from error


def _table_rows(path: Path, taxonomy: Taxonomy) -> Iterable[tuple[str, dict[str, Any]]]:
    table = read_table(path, path.name, is_header=lambda cells: {"id", "title", "core"} <= set(cells))
    names = {branch.zh: branch.id for branch in taxonomy.branches}
    for cells in table.rows.iter_rows(named=True):
        row = {name: cells[f"c{index}"] for index, name in enumerate(table.header)}
        listed = {name: _listed(row[name]) for name in _LISTS if name in row}
        core = row["core"].strip() if row["core"] else ""
        labels = {
            "core": _branches(core, names) if core else None,
            "disputed": _branches(row.get("disputed") or "", names),
        }
        texts = {name: row.get(name) for name in ("id", *_TEXTS)}
        yield f"{path.name}, record {cells[ROW_NUMBER]}", {"codes": []} | texts | listed | labels


def _listed(cell: str | None) -> list[str]:
    return [each.strip() for each in re.split(r"[;；|\n]", cell or "") if each.strip()]


def _branches(cell: str, names: Mapping[str, str]) -> list[str]:
    written = [each.strip() for each in _BETWEEN.split(cell) if each.strip()]
    return [names.get(each, each) for each in written if each.lower() not in NONE]


def _checked(row: Any, where: str, known: set[str]) -> GoldRecord | None:
    """The record, or None where `core` says that nobody has decided."""
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"].strip():
        raise UnreadableFileError(where, "no object with an id", '{"id": ..., "title": ..., "core": [...], ...}')
    for key in _TEXTS:
        if not isinstance(row.get(key), str | None):
            raise UnreadableFileError(where, f"{key} is no text", "a text or null")
    lists = {key: _list(row, key, where) for key in ("codes", *(key for key in _LISTS[1:] if key in row))}
    disputed = _list(row, "disputed", where) if "disputed" in row else []
    if "core" in row and row["core"] is None:
        return None
    core = _list(row, "core", where)
    if unknown := sorted({*core, *disputed} - known):
        expected = f"branches of the taxonomy in use: {', '.join(sorted(known))}"
        raise UnreadableFileError(where, f"unknown branch {', '.join(unknown)}", expected)
    apart = "ipc_symbols" in lists or "cpc_symbols" in lists
    ipc, cpc = (lists.get(key, []) if apart else lists["codes"] for key in ("ipc_symbols", "cpc_symbols"))
    texts = {key: row.get(key) for key in ("id", *_TEXTS)}
    return GoldRecord(
        **texts, ipc_symbols=tuple(ipc), cpc_symbols=tuple(cpc), core=frozenset(core), disputed=frozenset(disputed)
    )


def _list(row: Mapping[str, Any], key: str, where: str) -> list[str]:
    values = row.get(key)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise UnreadableFileError(where, f"{key} is missing or no list of texts", "a list, which may be empty")
    return values
