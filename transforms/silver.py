"""Labels from text alone against the symbols that examiners gave: an agreement of two independent sources.

The text rules here never see a symbol and the symbols were given without knowing the rules, so neither can be right because
the other is: no circle, as there would be in judging the full rules, which read symbols, by those same symbols. What comes out
is agreement, not precision: a document may belong to a branch without its symbols, and carry one without belonging to it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from schemas.branches import Branch, Taxonomy
from schemas.errors import UnreadableFileError
from transforms.classify import RECORDS, classify
from transforms.evaluate import wilson_interval
from transforms.symbols import is_usable, normalise_symbol

ID_COLUMNS = ("id", "publication_number", "record_id")
_SYMBOL_COLUMNS = {
    "codes": ("ipc_symbols", "cpc_symbols"),
    "cpc_codes": ("cpc_symbols",),
    "cpc_symbols": ("cpc_symbols",),
    "ipc_codes": ("ipc_symbols",),
    "ipc_symbols": ("ipc_symbols",),
}
ENDINGS = (".jsonl", ".csv")
# What stands between symbols, also in a list as Python or JSON writes it; symbols hold none of it.
_BETWEEN_SYMBOLS = re.compile(r"[\[\]'\",;|\n]+")


@dataclass(frozen=True)
class Share:
    """`hits` of `total`."""

    hits: int
    total: int

    def as_dict(self) -> dict[str, Any]:
        share = self.hits / self.total if self.total else None
        return {
            "hits": self.hits,
            "total": self.total,
            "share": share,
            "interval": wilson_interval(self.hits, self.total),
        }


@dataclass(frozen=True)
class Agreement:
    """One branch over the records that have both a text and usable symbols.

    A carrier has a symbol of the branch's block A. `labels_carrying`: of the records that the text labels, those that carry.
    `carriers_found`: of the carriers, those that the text labels. The `wide` ones count records too whose text speaks
    strongly for the branch without fulfilling `text_core`; a branch without `text_core` has wide labels alone.
    `carriers`: of all records, those that carry, which is what labels drawn by lot would reach.
    """

    branch: str
    carriers: Share
    labels_carrying: Share
    carriers_found: Share
    wide_labels_carrying: Share
    wide_carriers_found: Share

    def as_dict(self) -> dict[str, Any]:
        shares = {name: getattr(self, name).as_dict() for name in self.__dataclass_fields__ if name != "branch"}
        return {"branch": self.branch, **shares}


@dataclass(frozen=True)
class Silver:
    """`records` have a text and usable symbols; `left_out` lack one of them and say nothing here."""

    taxonomy_version: str
    records: int
    left_out: int
    branches: tuple[Agreement, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "taxonomy_version": self.taxonomy_version,
            "records": self.records,
            "left_out": self.left_out,
            "branches": [agreement.as_dict() for agreement in self.branches],
        }


def silver(records: pl.DataFrame, taxonomy: Taxonomy) -> Silver:
    """The agreement of text and symbols for every branch over `records` (columns RECORDS). Raises as `classify`."""
    whole = records.filter(_has_text(), pl.col("record_id").is_in(_with_usable_symbols(records).implode()))
    from_text = classify(_without(whole, "ipc_symbols", "cpc_symbols"), taxonomy)
    from_symbols = classify(_without(whole, "title", "abstract", "claims"), on_block_a(taxonomy))
    strict = _members(from_text.filter(level="core"))
    wide = _members(from_text.filter(pl.col("level").is_in(["core", "candidate"])))
    carriers = _members(from_symbols)
    branches = sorted(branch.id for branch in taxonomy.branches)
    agreements = tuple(
        _agreement(branch, whole.height, *(each.get(branch, set()) for each in (carriers, strict, wide)))
        for branch in branches
    )
    return Silver(taxonomy.version, whole.height, records.height - whole.height, agreements)


def read_records(path: Path) -> pl.DataFrame:
    """Records (columns RECORDS) of a JSONL or CSV file, or of all such files of a folder; of a repeated id the first counts.

    An id (id, publication_number or record_id), title, abstract and symbols: codes for IPC and CPC alike, or apart in
    ipc_symbols and cpc_symbols (ipc_codes, cpc_codes). Raises UnreadableFileError.
    """
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS) if path.is_dir() else [path]
    if not files:
        raise UnreadableFileError(str(path), "no file to read", f"files that end in {' or '.join(ENDINGS)}")
    rows: dict[str, tuple] = {}
    for file in files:
        for where, row in _csv_rows(file) if file.suffix.lower() == ".csv" else _json_rows(file):
            record = _record(row, where)
            rows.setdefault(record[0], record)
    return pl.DataFrame(list(rows.values()), schema=RECORDS, orient="row")


def _csv_rows(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(10_000_000)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in (reader := csv.DictReader(file)):
                yield f"{path.name}, line {reader.line_num}", row
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(path.name, str(error), "CSV in UTF-8") from error


def _json_rows(path: Path) -> Iterable[tuple[str, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield f"{path.name}, line {number}", json.loads(line)
                except (UnicodeDecodeError, json.JSONDecodeError) as error:
                    where = f"{path.name}, line {number}"
                    raise UnreadableFileError(where, f"no JSON: {error}", "one object per line") from error


def _record(row: Any, where: str) -> tuple:
    found = next((row[name] for name in ID_COLUMNS if row.get(name)), None) if isinstance(row, dict) else None
    if not isinstance(found, str) or not {"title", "abstract"} & row.keys() or not _SYMBOL_COLUMNS.keys() & row.keys():
        raise UnreadableFileError(
            where, "no record", f"{' or '.join(ID_COLUMNS)}, title, abstract, and {' or '.join(_SYMBOL_COLUMNS)}"
        )
    symbols: dict[str, list[str]] = {"ipc_symbols": [], "cpc_symbols": []}
    named = [name for name in _SYMBOL_COLUMNS if name in row]
    for name in [name for name in named if name != "codes"] or named:
        for field in _SYMBOL_COLUMNS[name]:
            symbols[field] += _symbols(row[name])
    return (found, *(_text(row.get(name), where) for name in ("title", "abstract", "claims")), *symbols.values())


def _text(value: Any, where: str) -> str | None:
    if not isinstance(value, str | None):
        raise UnreadableFileError(where, f"{value!r:.40} is no text", "a text or null")
    return value


def _symbols(value: Any) -> list[str]:
    written = value if isinstance(value, list) else _BETWEEN_SYMBOLS.split(value or "")
    return [symbol.strip() for symbol in written if isinstance(symbol, str) and symbol.strip()]


def on_block_a(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy with branches that take the carriers of a symbol of their block A and nothing else."""
    return replace(taxonomy, branches=tuple(map(_on_block_a, taxonomy.branches)))


def _on_block_a(branch: Branch) -> Branch:
    rule = f"IC:@{branch.codes_a}"
    return replace(branch, rules={"core": rule, "related": rule})


def _has_text() -> pl.Expr:
    texts = (pl.col(name).fill_null("").str.strip_chars() != "" for name in ("title", "abstract", "claims"))
    return pl.any_horizontal(*texts)


def _with_usable_symbols(records: pl.DataFrame) -> pl.Series:
    """The ids of the records that have a usable symbol."""
    rows = records.select("record_id", "ipc_symbols", "cpc_symbols").iter_rows()
    return pl.Series(
        [row[0] for row in rows if any(map(_is_usable, (*(row[1] or ()), *(row[2] or ()))))], dtype=pl.String
    )


@cache
def _is_usable(symbol: str | None) -> bool:
    return is_usable(normalise_symbol(symbol or "") or "")


def _without(records: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return records.with_columns(pl.lit(None, RECORDS[name]).alias(name) for name in columns)


def _members(labels: pl.DataFrame) -> dict[str, set[str]]:
    grouped = labels.group_by("branch").agg("record_id")
    return {branch: set(members) for branch, members in grouped.rows()}


def _agreement(branch: str, records: int, carriers: set[str], strict: set[str], wide: set[str]) -> Agreement:
    return Agreement(
        branch=branch,
        carriers=Share(len(carriers), records),
        labels_carrying=Share(len(strict & carriers), len(strict)),
        carriers_found=Share(len(strict & carriers), len(carriers)),
        wide_labels_carrying=Share(len(wide & carriers), len(wide)),
        wide_carriers_found=Share(len(wide & carriers), len(carriers)),
    )
