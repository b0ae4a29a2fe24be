"""The team's repairs of single cells (row_correction.csv), put in before a file's records are judged: so what was set aside comes in.

Records that were set aside may have no publication number, so a repair names its file (the sha256 of its bytes, or its path in the
inbox), the record and the column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from schemas.errors import ReferenceTableError, UnreadableFileError
from schemas.tables import TABLES
from transforms.dates import parsed
from transforms.export import fold_header
from transforms.tabular import ROW_NUMBER, RawTable, Record, read_table

FILE = "row_correction.csv"
COLUMNS = (
    "corrected_file", "row_number", "column_header", "field_value", "value_before", "reviewer", "decision_date", "reason",
)  # fmt: skip
# What stands for an empty cell: an empty field_value may as well have been forgotten.
BLANK = "(blank)"
# The sha256 or its first 16 digits or more; `.2` after it is the second table of a workbook.
_BY_CONTENT = r"^[0-9a-f]{16,64}(?:\.[1-9][0-9]*)?$"
_LOG = TABLES["meta.row_correction"]
KEY = ("corrected_file", "row_number", "column_header")
FOUND = {
    "corrected_file": pl.String,
    "row_number": pl.Int64,
    "column_header": pl.String,
    "value_before": pl.String,
    "is_applied": pl.Boolean,
}


def read_row_corrections(team_folder: Path | None) -> pl.DataFrame:
    """The team's row_correction.csv, the latest of each cell; no rows where there is no file.

    Raises ReferenceTableError naming the line and value that cannot be used.
    """
    path = team_folder / FILE if team_folder else None
    if path is None or not path.exists():
        return checked_row_corrections(pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String)), FILE)
    return checked_row_corrections(named_records(path, f"reference/{FILE}", COLUMNS), f"reference/{FILE}")


def named_records(path: Path, where: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """The records of a table that has at least `columns`, these as String columns. Raises ReferenceTableError."""
    try:
        table = read_table(
            path, where, is_header=lambda cells: set(columns) <= {(cell or "").strip() for cell in cells}
        )
    except UnreadableFileError as error:
        expected = f"a table with the columns {', '.join(columns)}"
        raise ReferenceTableError(where, error.found, expected, "mend the file") from error
    if table.ragged:
        number, found, _ = table.ragged[0]
        raise ReferenceTableError(
            f"{where}, line {number + 1}", f"{found} fields", f"{len(table.header)} as in the header"
        )
    place = {name: f"c{index}" for index, name in enumerate(table.header)}
    return table.rows.select(pl.col(place[name]).alias(name) for name in columns)


def checked_row_corrections(rows: pl.DataFrame, where: str) -> pl.DataFrame:
    """`rows` (COLUMNS as String) with their types, by day of decision, the latest of each cell."""
    rows = rows.with_columns(pl.col(pl.String).str.strip_chars())
    typed = rows.with_columns(
        pl.col("row_number").str.extract(r"^([0-9]{1,15})(?:\.0)?$", 1).cast(pl.Int64),
        parsed(pl.col("decision_date"), "year_month_day").alias("decision_date"),
    )
    _require(where, rows, "corrected_file", _is_stated(typed["corrected_file"]), "a sha256, or a path in the inbox")
    _require(where, rows, "row_number", (typed["row_number"] > 0), "the number of the record, from 1")
    _require(where, rows, "column_header", _is_stated(typed["column_header"]), "the header of the column")
    _require(where, rows, "field_value", _is_stated(typed["field_value"]), f"a value, or {BLANK} for an empty cell")
    _require(where, rows, "reviewer", _is_stated(typed["reviewer"]), "who decided")
    _require(where, rows, "decision_date", typed["decision_date"].is_not_null(), "a day, like 2024-06-30")
    return typed.sort("decision_date", maintain_order=True).unique(KEY, keep="last", maintain_order=True)


def _is_stated(values: pl.Series) -> pl.Series:
    return values.fill_null("") != ""


def _require(where: str, rows: pl.DataFrame, column: str, is_good: pl.Series, expected: str) -> None:
    bad = is_good.fill_null(False).not_().arg_true()
    if len(bad):
        line = int(bad[0])
        raise ReferenceTableError(
            f"{where}, line {line + 2}", f"{column} {rows[column][line]!r}", expected, "mend the line"
        )


def of_file(corrections: pl.DataFrame, sha256: str, path: str) -> pl.DataFrame:
    """The corrections that name this file or a table of it."""
    named = pl.col("corrected_file")
    is_own = _names_content() & pl.lit(sha256).str.starts_with(named.str.split(".").list.first())
    return corrections.filter(is_own | (named == path) | named.str.starts_with(f"{path}!"))


def of_table(corrections: pl.DataFrame, sha256: str, number: int, path: str) -> pl.DataFrame:
    """The corrections of the table `number` (from 1) of the file, whose path has `!sheet` where it is one of several."""
    parts = pl.col("corrected_file").str.split(".")
    table = parts.list.get(1, null_on_oob=True).fill_null("1")
    is_own = _names_content() & pl.lit(sha256).str.starts_with(parts.list.first()) & (table == str(number))
    return corrections.filter(is_own | (pl.col("corrected_file") == path))


def _names_content() -> pl.Expr:
    return pl.col("corrected_file").str.contains(_BY_CONTENT)


def key_of_corrections(corrections: pl.DataFrame) -> str:
    """A short hash of the corrections, empty where there are none: it changes with each of them."""
    if corrections.is_empty():
        return ""
    return hashlib.sha256(corrections.sort(KEY).write_csv().encode()).hexdigest()[:12]


def correct_cells(table: RawTable, corrections: pl.DataFrame | None) -> tuple[RawTable, pl.DataFrame]:
    """The table with `corrections` (of this table alone) put in, and the log: `corrected_file`, `row_number`, `column_header`,
    `value_before` (as it stood there), `is_applied`.

    A correction by path must state in `value_before` what stands in the cell, for the path may have got other bytes. A record with
    too few or too many fields comes in when its missing fields are all stated, or its surplus ones are all made blank.
    """
    log: list[tuple] = []
    cells: list[tuple[int, str, str | None]] = []
    mended: dict[int, Record] = {}
    if corrections is not None and not corrections.is_empty():
        wanted = pl.col(ROW_NUMBER).is_in(corrections["row_number"].unique().implode())
        whole = {number: record for number, *record in table.rows.filter(wanted).iter_rows()}
        ragged = {number: record for number, _, record in table.ragged}
        for (number,), entries in corrections.group_by("row_number", maintain_order=True):
            record = whole.get(number, ragged.get(number))
            new, told = _put_in(record, entries, table.header)
            if number in ragged:
                record = _made_whole(record, new, len(table.header))
                if record is None:
                    told = [(*entry[:-1], False) for entry in told]
                else:
                    mended[number] = record
            else:
                cells += [(number, f"c{index}", value) for index, value in new.items()]
            log += told
    rows = _with_records(_with_cells(table.rows, cells), mended)
    left = tuple(entry for entry in table.ragged if entry[0] not in mended)
    return replace(table, rows=rows, ragged=left), pl.DataFrame(log, schema=FOUND, orient="row")


def _put_in(
    record: Sequence[str | None] | None, entries: pl.DataFrame, header: tuple[str, ...]
) -> tuple[dict[int, str | None], list[tuple]]:
    """The new value of each place of one record, and the log."""
    new: dict[int, str | None] = {}
    log = []
    for entry in entries.with_columns(_names_content().alias("is_by_content")).iter_rows(named=True):
        index = None if record is None else _place(entry["column_header"], header, len(record))
        before = record[index] if index is not None and index < len(record) else None
        is_applied = index is not None and (entry["is_by_content"] or _value(before) == _value(entry["value_before"]))
        if is_applied:
            new[index] = _value(entry["field_value"])
        log.append((entry["corrected_file"], entry["row_number"], entry["column_header"], before, is_applied))
    return new, log


def _place(column_header: str, header: tuple[str, ...], fields: int) -> int | None:
    """Where a column stands: by its header as written, by the same one spelt anew, or as `column 12` where it has none."""
    names = list(columns_of(header, fields))
    if column_header in names:
        return names.index(column_header)
    folded = [fold_header(name) for name in names]
    return folded.index(fold_header(column_header)) if fold_header(column_header) in folded else None


def columns_of(header: tuple[str, ...], fields: int) -> tuple[str, ...]:
    """What the fields of a record are called: their header, or `column 12` where there is none."""
    surplus = [""] * (fields - len(header))
    return tuple(name or f"column {index}" for index, name in enumerate([*header, *surplus], start=1))


def _value(cell: str | None) -> str | None:
    bare = (cell or "").strip()
    return bare if bare not in ("", BLANK) else None


def _made_whole(record: Record, new: dict[int, str | None], width: int) -> Record | None:
    """The record with as many fields as the header, or None where that takes more than was stated."""
    missing = set(range(len(record), width))
    cells = [new.get(index, record[index] if index < len(record) else None) for index in range(max(width, len(record)))]
    if missing - set(new) or any(map(_value, cells[width:])):
        return None
    return tuple(cells[:width])


def _with_cells(rows: pl.DataFrame, cells: list[tuple[int, str, str | None]]) -> pl.DataFrame:
    for column in {column for _, column, _ in cells}:
        new = {number: value for number, place, value in cells if place == column}
        value = pl.col(ROW_NUMBER).replace_strict(new, default=None, return_dtype=pl.String)
        rows = rows.with_columns(
            pl.when(pl.col(ROW_NUMBER).is_in(list(new))).then(value).otherwise(pl.col(column)).alias(column)
        )
    return rows


def _with_records(rows: pl.DataFrame, mended: dict[int, Record]) -> pl.DataFrame:
    if not mended:
        return rows
    cells = {f"c{index}": pl.String for index in range(rows.width - 1)}
    new = [(number, *record) for number, record in mended.items()]
    records = pl.DataFrame(new, schema={ROW_NUMBER: pl.Int64} | cells, orient="row")
    return pl.concat([rows, records.select(rows.columns)]).sort(ROW_NUMBER)


def log_of(corrections: pl.DataFrame, found: list[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """meta.row_correction: each correction, where it stands in the files (`source_file_id`, log of correct_cells) and what stood there.

    A correction that finds its cell in no file is not applied; one that finds it in two files of the same bytes is told of the first.
    """
    logs = [log.with_columns(pl.lit(source_file_id).alias("source_file_id")) for source_file_id, log in found]
    told = pl.concat([pl.DataFrame(schema=FOUND | {"source_file_id": pl.String}), *logs])
    first = told.sort("is_applied", "source_file_id", descending=[True, False]).unique(KEY, keep="first")
    return (
        corrections.drop("value_before")
        .join(first, on=list(KEY), how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("is_applied").fill_null(False))
        .select(_LOG.columns)
        .sort(KEY)
    )
