"""What a reading gives: sheets as read, and tables once their header is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from schemas.errors import UnreadableFileError

ROW_NUMBER = "__row_number"
PREAMBLE_LINES = 20
# What a spreadsheet program writes where a formula failed. The last is ours: a formula whose result the file does not hold.
UNCALCULATED = "#UNCALCULATED!"
SPREADSHEET_ERRORS = (
    "#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA", UNCALCULATED,
)  # fmt: skip

# The tables of a page lay it out, too.
_OF_SHEETS = ("xlsx", "xls")

Record = tuple[str | None, ...]
IsHeader = Callable[[Record], bool]


@dataclass(frozen=True)
class RawTable:
    """`rows`: String columns named by position (c0, c1, …) with `__row_number` (Int64, records after the header from 1).

    `header`: the header cells as written. `ragged`: `row_number`, `found` and `raw` of records whose number of fields differs
    from the header's. `blank`: empty records. `counted`: records after the header, blank ones included, by an independent count.
    `sheet`: the sheet, table or element the records stand in; several of one header are read as one, their names joined by `, `.
    `encoding`: how bytes became text. `lines_by_encoding`: of a file of mixed encoding, the lines (from 1) that are not UTF-8, by
    encoding. `remarks`: what a person should know of the file though it could be read.
    """

    media: str
    header: tuple[str, ...]
    rows: pl.DataFrame
    ragged: tuple[tuple[int, int, Record], ...]
    blank: int
    counted: int
    sheet: str | None = None
    encoding: str | None = None
    lines_by_encoding: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Records as read, before anyone knows which of them is the header.

    `rows`: `__row_number` (Int64, the record's place in the sheet from 1) and String columns c0, c1, …; records without any cell
    are left out. `last`: the last record's place. `counted`: records with a cell, by an independent count. `header`: the names,
    for media whose records name their fields; then the records are all data.
    """

    name: str | None
    rows: pl.DataFrame
    last: int
    counted: int
    header: tuple[str, ...] | None = None
    remarks: tuple[str, ...] = ()


class HeaderNotFoundError(UnreadableFileError):
    """No record looks like the header of a known export; `cells` is the widest of the first records."""

    def __init__(self, where: str, cells: Record) -> None:
        self.cells = tuple(cell or "" for cell in cells)
        shown = ", ".join(self.cells[:12]) or "nothing"
        super().__init__(where, f"no known header in the first {PREAMBLE_LINES} records; the widest reads: {shown}")


class SeveralTablesError(UnreadableFileError):
    """One file holds tables with different headers; `sheets` are their names."""

    def __init__(self, where: str, sheets: tuple[str, ...]) -> None:
        self.sheets = sheets
        super().__init__(
            where,
            f"{len(sheets)} tables with different headers: {'; '.join(sheets)}",
            "one table",
            "save each as a file of its own",
        )


def trimmed(cells: Record) -> Record:
    """`cells` without the blank ones at the end."""
    end = len(cells)
    while end and not (cells[end - 1] or "").strip():
        end -= 1
    return tuple(cells[:end])


def header_text(cells: Record) -> tuple[str, ...]:
    return tuple((cell or "").strip() for cell in cells)


def tables_of(sheets: list[Sheet], media: str, name: str, is_header: IsHeader, may_be_short: bool) -> list[RawTable]:
    """The tables whose header is known, sheets of the same header read as one, in the order of the sheets.

    Raises HeaderNotFoundError when no sheet has a known header.
    """
    found: dict[tuple[str, ...], list[RawTable]] = {}
    unread = []
    for sheet in sheets:
        table = _table(sheet, media, is_header, may_be_short)
        if table is not None:
            found.setdefault(table.header, []).append(table)
        elif sheet.rows.height and media in _OF_SHEETS:
            unread.append(f"no known header on the sheet {sheet.name}: {sheet.rows.height} records not read")
    if not found:
        raise HeaderNotFoundError(name, _widest(sheets))
    return [_with_remarks(_joined(tables), unread) for tables in found.values()]


def _with_remarks(table: RawTable, remarks: list[str]) -> RawTable:
    return replace(table, remarks=(*table.remarks, *remarks)) if remarks else table


def _table(sheet: Sheet, media: str, is_header: IsHeader, may_be_short: bool) -> RawTable | None:
    if sheet.header is not None:
        if not is_header(sheet.header):
            return None
        return _below(sheet, media, sheet.header, sheet.rows, (0, 0), may_be_short)
    for index, (place, *cells) in enumerate(sheet.rows.head(PREAMBLE_LINES).iter_rows()):
        if is_header(trimmed(tuple(cells))):
            header = header_text(trimmed(tuple(cells)))
            return _below(sheet, media, header, sheet.rows.slice(index + 1), (index + 1, place), may_be_short)
    return None


def _below(
    sheet: Sheet,
    media: str,
    header: tuple[str, ...],
    body: pl.DataFrame,
    above: tuple[int, int],
    may_be_short: bool,
) -> RawTable:
    """The table below its header; `above`: records with a cell up to and with the header, and the header's place."""
    records_above, header_place = above
    rows, ragged, blank_with_cells = sort_records(
        body.with_columns(pl.col(ROW_NUMBER) - header_place), len(header), may_be_short
    )
    without_cells = sheet.last - header_place - body.height
    return RawTable(
        media=media,
        header=header,
        rows=rows,
        ragged=ragged,
        blank=blank_with_cells + without_cells,
        counted=sheet.counted - records_above + without_cells,
        sheet=sheet.name,
        remarks=sheet.remarks,
    )


def sort_records(
    body: pl.DataFrame, width: int, may_be_short: bool
) -> tuple[pl.DataFrame, tuple[tuple[int, int, Record], ...], int]:
    """Rows of `width` cells, ragged records and the number of blank ones.

    `may_be_short`: a workbook leaves out a row's last empty cells, while a row of HTML that is too short has lost something;
    there null is a cell that the row lacks, and one that is empty an empty text.
    """
    names = body.columns[1:]
    filled = without_blank(body)
    blank, body = body.height - filled.height, filled
    surplus = pl.any_horizontal(_is_cell(name) for name in names[width:]) if names[width:] else pl.lit(False)
    lacking = pl.lit(False) if may_be_short else pl.col(names[width - 1]).is_null()
    body = body.with_columns((surplus | lacking).alias("__ragged"))
    ragged = tuple(
        (number, _cells_of(cells), trimmed(tuple(cells)))
        for number, *cells in body.filter("__ragged").drop("__ragged").iter_rows()
    )
    rows = body.filter(~pl.col("__ragged")).select(ROW_NUMBER, *names[:width])
    missing = [pl.lit(None, pl.String).alias(f"c{index}") for index in range(len(names[:width]), width)]
    return rows.with_columns(missing).with_columns(empty_as_null()), ragged, blank


def _cells_of(cells: Sequence[str | None]) -> int:
    """How many cells a row has: up to the last that is there."""
    return max((place for place, cell in enumerate(cells, start=1) if cell is not None), default=0)


def _is_cell(name: str) -> pl.Expr:
    return pl.col(name).is_not_null() & (pl.col(name) != "")


def without_blank(rows: pl.DataFrame) -> pl.DataFrame:
    """The records that have a cell with more than blanks in it."""
    doubtful = rows
    for name in rows.columns[1:]:
        # Most records are settled by their first cells.
        is_blank = pl.col(name).str.strip_chars().fill_null("") == ""
        doubtful = doubtful.filter(is_blank)
    blank = doubtful[ROW_NUMBER]
    return rows.filter(pl.col(ROW_NUMBER).is_in(blank.implode()).not_()) if len(blank) else rows


def _widest(sheets: list[Sheet]) -> Record:
    if any(sheet.header for sheet in sheets):
        return max((sheet.header or () for sheet in sheets), key=len)
    first = [trimmed(tuple(cells)) for sheet in sheets for _, *cells in sheet.rows.head(PREAMBLE_LINES).iter_rows()]
    return max(first, key=len, default=())


def _joined(tables: list[RawTable]) -> RawTable:
    """Tables of one header as one, the records numbered on from sheet to sheet."""
    if len(tables) == 1:
        return tables[0]
    rows, ragged, before = [], [], 0
    for table in tables:
        rows.append(table.rows.with_columns(pl.col(ROW_NUMBER) + before))
        ragged += [(number + before, found, raw) for number, found, raw in table.ragged]
        before += table.rows.height + len(table.ragged) + table.blank
    return RawTable(
        media=tables[0].media,
        header=tables[0].header,
        rows=pl.concat(rows),
        ragged=tuple(ragged),
        blank=sum(table.blank for table in tables),
        counted=sum(table.counted for table in tables),
        sheet=", ".join(table.sheet or "" for table in tables),
        remarks=tuple(remark for table in tables for remark in table.remarks),
    )


def frame_of(places: list[int], columns: list[Sequence[str | None]]) -> pl.DataFrame:
    """Places and columns of cells as a frame; an empty text is no cell."""
    data = {ROW_NUMBER: pl.Series(places, dtype=pl.Int64)}
    data |= {f"c{index}": pl.Series(column, dtype=pl.String) for index, column in enumerate(columns)}
    return pl.DataFrame(data).with_columns(empty_as_null())


def empty_as_null() -> pl.Expr:
    return pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep()
