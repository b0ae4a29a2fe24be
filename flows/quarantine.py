"""The quarantine for a person: what was set aside and why, out to a spreadsheet to repair, and the repairs back in.

It is read from the files of the inbox as they are now, so it can be looked at where nothing could be published yet.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.form import append_lines, write_form
from flows.land import LandedFile
from flows.lock import only_refresh
from flows.refresh import read_file, take_in
from flows.sources import read_sources
from flows.workspace import Workspace, read_settings
from schemas.errors import WorkspaceError
from transforms.export import Export, exports, fold_header
from transforms.row_corrections import (
    COLUMNS,
    FILE,
    checked_row_corrections,
    columns_of,
    log_of,
    named_records,
    read_row_corrections,
)

LISTED = ("file", "path", "export", "status", "rule", "records", "first_reason")
FORM = (
    "corrected_file", "path", "row_number", "rule", "fault", "column_header", "value_before", "field_value", "reviewer",
    "decision_date", "reason", "record",
)  # fmt: skip
REPLAYED = ("corrected_file", "row_number", "column_header", "field_value", "value_before", "outcome", "fault")
COMES_IN, SET_ASIDE, NOT_FOUND = "comes_in", "set_aside", "not_found"
_WIDTHS = {
    "fault": 50,
    "column_header": 24,
    "value_before": 30,
    "field_value": 30,
    "reason": 30,
    "record": 80,
    "path": 30,
}
_NUMBERS = ("publication_number", "application_number")
_ROWS = ("file", "path", "export", "status", "row_number", "rule", "reason", "raw")
# A spreadsheet's cell holds at most 32,767 characters, and a person reads fewer.
_MOST_CHARACTERS = 2_000


@dataclass(frozen=True)
class Quarantine:
    """What the files of the inbox have set aside. `rows`: meta.rejected_row with `file`, `path`, `export` and `status`.

    `headers`: of each file as written, `own`: the workspace's exports, by id.
    """

    files: tuple[LandedFile, ...]
    rows: pl.DataFrame
    headers: dict[str, tuple[str, ...]]
    own: dict[str, Export]


def quarantine(workspace: Workspace) -> Quarantine:
    """Read the inbox again, with the team's repairs as they stand. Raises WorkspaceError where it is empty."""
    with only_refresh(workspace.lock):
        settings = read_settings(workspace)
        files = [file for source in take_in(workspace) for file in read_file(workspace, source, settings)]
    read = [file for file in files if file.header]
    frames = [
        file.rejected.select(
            pl.lit(file_key(file)).alias("file"),
            pl.lit(file.source.path).alias("path"),
            pl.lit(file.export).alias("export"),
            pl.lit(file.status).alias("status"),
            "row_number", "rule", "reason", "raw",
        )
        for file in read
    ]  # fmt: skip
    empty = pl.DataFrame(schema=dict.fromkeys(_ROWS, pl.String) | {"row_number": pl.Int64})
    return Quarantine(
        tuple(files),
        pl.concat([empty, *frames]),
        {file_key(file): file.header for file in read},
        {export.id: export for export in read_sources(workspace.root).tables},
    )


def file_key(file: LandedFile) -> str:
    """What a repair calls the file: the first digits of its content's sha256, and which of its tables where it has several."""
    table = Path(file.folder).name
    return file.source.sha256[:16] + (f".{table}" if table not in ("", "1") else "")


def listed(found: Quarantine) -> list[tuple]:
    """LISTED: per file and rule the records set aside, the most first."""
    return (
        found.rows.group_by("file", "path", "export", "status", "rule")
        .agg(pl.col("row_number").n_unique().alias("records"), pl.col("reason").first().alias("first_reason"))
        .sort("path", "records", "rule", descending=[False, True, False])
        .select(LISTED)
        .rows()
    )


@dataclass(frozen=True)
class SetAside:
    """One record that was set aside: why (`rule`, `reason`), and its cells (`header`, value) in the order of the file."""

    file: str
    path: str
    row_number: int
    reasons: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, str | None], ...]


def shown(found: Quarantine, file: str, row_number: int) -> SetAside:
    """The record of a file (its key, or its path in the inbox). Raises WorkspaceError where it was not set aside."""
    rows = of_file(found, file).rows.filter(pl.col("row_number") == row_number)
    if rows.is_empty():
        raise WorkspaceError(
            file,
            f"record {row_number} is not set aside",
            "one of the records of: patnav quarantine export",
            "name another",
        )
    first = rows.row(0, named=True)
    raw = json.loads(first["raw"])
    names = dict.fromkeys([*columns_of(found.headers[first["file"]], 0), *raw])
    reasons = tuple(rows.select("rule", "reason").rows())
    return SetAside(first["file"], first["path"], row_number, reasons, tuple((name, raw.get(name)) for name in names))


def of_file(found: Quarantine, file: str) -> Quarantine:
    """The quarantine of one file alone, by its key or path. Raises WorkspaceError where no file is called so."""
    named = [each for each in found.files if file in (file_key(each), each.source.path, each.source.sha256)]
    if not named:
        known = ", ".join(sorted(each.source.path for each in found.files))
        raise WorkspaceError(file, "no file of the inbox is called so", f"one of {known}", "name one of them")
    paths = [each.source.path for each in named]
    return Quarantine(tuple(named), found.rows.filter(pl.col("path").is_in(paths)), found.headers, found.own)


def export_quarantine(found: Quarantine, target: Path) -> int:
    """Write FORM to `target` (.xlsx or .csv), a line per record, reason and column to look at; the number of lines.

    `field_value`, `reviewer`, `decision_date` and `reason` are to be filled in. Nothing in the file is a formula or a link.
    """
    # Two files of the same bytes have the same records, and one repair is good for both.
    rows = found.rows.unique(["file", "row_number", "rule"], maintain_order=True)
    lines = [line for row in rows.iter_rows(named=True) for line in _lines(row, found)]
    write_form(target, "隔离 quarantine", FORM, lines, _WIDTHS)
    return len(lines)


def _lines(row: dict, found: Quarantine) -> list[tuple]:
    raw, header = json.loads(row["raw"]), found.headers[row["file"]]
    record = " · ".join(f"{name}: {value}" for name, value in raw.items())[:_MOST_CHARACTERS]
    before = (row["file"], row["path"], row["row_number"], row["rule"], row["reason"])
    return [
        (*before, column, (raw.get(column) or "")[:_MOST_CHARACTERS] or None, None, None, None, None, record)
        for column in _columns_at_fault(row, raw, header, found.own)
    ]


def _columns_at_fault(row: dict, raw: dict, header: tuple[str, ...], own: dict[str, Export]) -> list[str]:
    """The columns of the file that a rule is about; of a record with too many fields all, of one with too few the missing ones."""
    if row["rule"] == "field_count":
        fields = int(re.match(r"found (\d+) fields", row["reason"]).group(1))
        names = list(columns_of(header, fields))
        return names if fields > len(header) else names[fields:]
    export = {**exports(), **own}[row["export"]]
    in_file = {fold_header(name): name for name in reversed(columns_of(header, 0))}
    columns = {
        name: [in_file[fold_header(each)] for each in field.headers if fold_header(each) in in_file]
        for name, field in export.fields.items()
    }
    named = [name for name in columns if row["rule"].startswith(name) or f"_not_after_{name}" in row["rule"]]
    candidates = [column for name in named or _NUMBERS for column in columns.get(name, ())]
    told = [column for column in candidates if raw.get(column) and row["reason"].startswith(f"found {raw[column]},")]
    both = candidates if "_not_after_" in row["rule"] else candidates[:1]
    return told[:1] or both or [""]


def import_repairs(source: Path, reference: Path) -> int:
    """Add the filled-in lines of an exported form to the team's row_correction.csv; the number added.

    Lines without `field_value` are passed over. Raises ReferenceTableError for the first one that cannot be used, and then nothing
    is added.
    """
    lines = named_records(source, source.name, COLUMNS).with_columns(pl.all().str.strip_chars())
    filled = lines.filter(pl.col("field_value") != "").with_columns(
        # The apostrophe that keeps a CSV's text from being run as a formula is no part of it.
        pl.col("column_header", "field_value", "value_before").str.replace(r"^'([=+\-@＝＋－＠])", "$1")
    )
    checked = checked_row_corrections(filled, source.name)
    append_lines(reference / FILE, COLUMNS, checked.select(COLUMNS).rows())
    return checked.height


def replay(workspace: Workspace) -> list[tuple]:
    """REPLAYED: what becomes of each repaired cell when the inbox is read with the team's row_correction.csv, without publishing."""
    found = quarantine(workspace)
    read = [file for file in found.files if file.header]
    by_id = {file.source.source_file_id: file_key(file) for file in read}
    logs = [(file.source.source_file_id, file.corrected.drop("source_file_id")) for file in read]
    log = log_of(read_row_corrections(workspace.reference), logs)
    faults: dict[tuple[str, int], list[str]] = {}
    for file, row_number, reason in (
        found.rows.select("file", "row_number", "reason").unique().sort(pl.all()).iter_rows()
    ):
        faults.setdefault((file, row_number), []).append(reason)
    return [_replayed(entry, by_id, faults) for entry in log.iter_rows(named=True)]


def _replayed(entry: dict, by_id: dict[str, str], faults: dict[tuple[str, int], list[str]]) -> tuple:
    left = faults.get((by_id.get(entry["source_file_id"]), entry["row_number"]), [])
    outcome = NOT_FOUND if not entry["is_applied"] else SET_ASIDE if left else COMES_IN
    told = {
        NOT_FOUND: "no such record or column, other fields missing, or another value in a file named by its path",
        SET_ASIDE: "; ".join(left),
        COMES_IN: None,
    }
    return (*(entry[name] for name in REPLAYED[:5]), outcome, told[outcome])
