"""One export file to landed rows: read, map to canonical columns, cast, judge. What does not fit is set aside with its reasons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from schemas.errors import UnreadableFileError
from schemas.reference import shipped
from schemas.tables import LANDING
from schemas.validation import judge
from transforms import numbers
from transforms.dates import days, format_of_file, with_full_year
from transforms.export import (
    Export,
    Field,
    column_of,
    drift,
    exports,
    fold_header,
    into_lists,
    is_at_cap,
    recognise,
    refusal,
)
from transforms.lists import IN_LISTS, values_in_lists
from transforms.patstat import is_zip_of_tables, read_patstat
from transforms.row_corrections import columns_of, correct_cells
from transforms.symbols import normalise_symbol
from transforms.tabular import (
    ROW_NUMBER,
    SPREADSHEET_ERRORS,
    HeaderNotFoundError,
    RawTable,
    XmlRecords,
    media_of,
    read_table,
)

# Between the values of several elements: text of XML has single spaces and no line ends.
BETWEEN_ELEMENTS = "\n"
_DATES = ("date", "earliest")
ROWS_AT_ONCE = 50_000
# The built-in sample names every inventor so, and that is how its rows are known for what they are.
SYNTHETIC_INVENTOR = r"(?i)^(合成发明人|synthetic inventor)"


@dataclass(frozen=True)
class Landing:
    """`accepted`: rows of landing.publication. `rejected`: `row_number`, `rule`, `reason`, `raw` (JSON), one per broken rule.

    rows_in = accepted + distinct rejected rows + blank; rows_in is counted apart from the reading. `unfolded`: how many of rows_in
    are further publications of records that list several. `header_drift`: how the header differs from what the tool is known to
    write, one sentence per column. `is_probably_cut_off`: the records are exactly as many as the tool gives out at most.
    `remarks`: what a person should know of the file though it could be read. `header`: as written. `corrected`: which of
    the team's repairs found their cells, see `correct_cells`.
    """

    export: str
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    rows_in: int
    blank: int
    unmapped_columns: tuple[str, ...]
    synthetic_rows: int
    unfolded: int
    header_drift: tuple[str, ...]
    is_probably_cut_off: bool
    remarks: tuple[str, ...]
    precedence: int
    header: tuple[str, ...]
    corrected: pl.DataFrame


# By rule: where it is broken, what stands there, what was expected.
Faults = Mapping[str, tuple[pl.Expr, pl.Expr, str]]
REJECTED = {"row_number": pl.Int64, "rule": pl.String, "reason": pl.String, "raw": pl.String}


def land(
    path: Path,
    source_file_id: str,
    name: str,
    own: tuple[Export, ...] = (),
    encoding: str | None = None,
    sheet: str | None = None,
    corrections: pl.DataFrame | None = None,
) -> Landing:
    """Land the file at `path`, which errors call `name`; `own` exports and `encoding` are what the workspace declares.

    `sheet`: which table is meant, where sheets hold tables of different headers; without it SeveralTablesError names them.
    `corrections`: the team's repairs of this table's cells (`read_row_corrections`), put in before anything is judged.
    Raises UnreadableFileError or UnknownExportError when the file as a whole cannot be taken.
    """
    try:
        table = _read(path, name, own, encoding, sheet)
    except HeaderNotFoundError as error:
        raise refusal(name, error.cells, own) from error
    _require_every_record(table, name)
    table, corrected = correct_cells(table, corrections)
    export = recognise(table.header, own)
    _require_headers_once(table.header, export, name)
    date_format = _date_format(table, export, name)
    parts, rows_in = [], table.counted
    for rows in _slices(table.rows):
        parts.append(_landed(replace(table, rows=rows, counted=rows_in), export, date_format, source_file_id))
        rows_in += parts[-1].unfolded
    return Landing(
        export=export.id,
        accepted=pl.concat([part.accepted for part in parts]),
        rejected=pl.concat([*(part.rejected for part in parts), _ragged(table)]).sort("row_number", "rule"),
        rows_in=rows_in,
        blank=table.blank,
        unmapped_columns=tuple(export.unmapped(table.header)),
        synthetic_rows=sum(part.synthetic_rows for part in parts),
        unfolded=rows_in - table.counted,
        header_drift=drift(table.header, export).told,
        is_probably_cut_off=is_at_cap(export, table.counted - table.blank),
        remarks=_remarks(table),
        precedence=export.precedence,
        header=table.header,
        corrected=corrected,
    )


class _Landed(NamedTuple):
    """Some rows of a file, as Landing has them."""

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    synthetic_rows: int
    unfolded: int


def _slices(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """So many rows at a time that what is made of them on the way takes little memory beside them."""
    return list(rows.iter_slices(ROWS_AT_ONCE)) or [rows]


def _landed(table: RawTable, export: Export, date_format: str, source_file_id: str) -> _Landed:
    """Some rows of the table; `table.counted`: how many of the file are numbered, those that were unfolded before included."""
    text = canonical_text(table, export)
    typed, misread = cast(text, export, date_format)
    typed = typed.with_columns(pl.lit(source_file_id).alias("source_file_id")).select(LANDING.columns)
    verdict = judge(typed, LANDING)
    broken = verdict.rejected.select(
        typed["row_number"].gather(verdict.rejected["row_index"]).alias("row_number"), "rule", "reason"
    )
    reasons = pl.concat([misread, broken]).pipe(_most_telling)
    set_aside = reasons["row_number"].unique()
    return _Landed(
        accepted=typed.filter(pl.col("row_number").is_in(set_aside.implode()).not_()),
        rejected=_with_raw(reasons, text, table),
        synthetic_rows=_synthetic_rows(text),
        unfolded=text.height - table.rows.height,
    )


def _read(path: Path, name: str, own: tuple[Export, ...], encoding: str | None, sheet: str | None) -> RawTable:
    """The table of the file, its records where one of the exports declares them."""

    if is_zip_of_tables(path):
        return read_patstat(path, name, encoding)

    def read(records: str | None = None) -> RawTable:
        return read_table(
            path,
            name,
            lambda cells: recognise(cells, own) is not None,
            sheet=sheet,
            encoding=encoding,
            json_records=records,
            xml_records=xml_records(),
        )

    try:
        return read()
    except HeaderNotFoundError as error:
        # Of the lists that a JSON document holds at its top, those that an export knows as its records.
        known = [records for records in json_records() if records.split(".")[0] in map(_top_key, error.cells)]
        if not known or media_of(path, name) != "json":
            raise
    return read(known[0])


def _top_key(column: str) -> str:
    return column.split(".")[0]


def xml_records() -> tuple[XmlRecords, ...]:
    """What the exports of the cabinet declare as records of XML: a column for each path, named by it."""
    return tuple(
        XmlRecords(export.xml_element, {path: path for path in export.paths}, BETWEEN_ELEMENTS)
        for export in exports().values()
        if export.xml_element
    )


def json_records() -> tuple[str, ...]:
    """Where the exports of the cabinet say that the records of a JSON document stand."""
    return tuple(dict.fromkeys(records for export in exports().values() for records in export.json_records))


_LINES_TOLD = 10


def _remarks(table: RawTable) -> tuple[str, ...]:
    told = []
    for encoding, lines in table.lines_by_encoding.items():
        shown = ", ".join(map(str, lines[:_LINES_TOLD])) + (", …" if len(lines) > _LINES_TOLD else "")
        told.append(f"lines in {encoding}: {shown}")
    return (*table.remarks, *told)


def _require_every_record(table: RawTable, name: str) -> None:
    read = table.rows.height + len(table.ragged) + table.blank
    if read != table.counted:
        raise UnreadableFileError(
            name,
            f"{table.counted} records by one count and {read} by another",
            "the same number",
            "look for stray quotes or line breaks, or export it again",
        )


def _require_headers_once(header: tuple[str, ...], export: Export, name: str) -> None:
    folded = [fold_header(cell) for cell in header if cell]
    twice = sorted({cell for cell in header if folded.count(fold_header(cell)) > 1 and export.maps(cell)})
    if twice:
        raise UnreadableFileError(
            name,
            f"the header {twice[0]} stands twice",
            "each column once",
            "delete or rename the column that is not meant",
        )


def canonical_text(table: RawTable, export: Export) -> pl.DataFrame:
    """`row_number`, `record_number`, every field of the export as String, from the first of its headers that has a value, and
    `extra_columns`. One row per publication: a record that lists several gives several rows (see `_unfolded`).
    """
    position = {}
    for index, header in enumerate(table.header):
        position.setdefault(fold_header(header), f"c{index}")
    table = _with_lists(table, export, position)
    stated = {fold_header(header) for field in export.fields.values() for header in field.headers}
    extra = {fold_header(header) for header in export.extra}
    read = {position[header] for header in stated if header in position}
    read |= {f"c{index}" for index, header in enumerate(table.header) if fold_header(header) in extra}
    table = _bare(table, sorted(read))
    columns = [_field_text(name, field, position, export.nulls) for name, field in export.fields.items()]
    columns.append(_extra_columns(table.header, export))
    year = position.get(fold_header(export.year_of_short_dates)) if export.year_of_short_dates else None
    if year:
        columns.append(pl.col(year).alias("_year"))
    text = table.rows.select(pl.col(ROW_NUMBER).alias("row_number"), *columns)
    if year:
        dates = [name for name, field in export.fields.items() if field.kind == "date"]
        full = [with_full_year(pl.col(name), pl.col("_year"), name == "publication_date") for name in dates]
        text = text.with_columns(full).drop("_year")
    return _unfolded(text, export, table.counted)


def _with_lists(table: RawTable, export: Export, position: dict[str, str]) -> RawTable:
    """`table` with a column for each declared path into lists, and its lists of plain values; `position` learns of them."""
    if table.media not in ("json", "parquet"):
        return table
    columns = []
    for field in export.fields.values():
        for header in field.headers:
            path = into_lists(header)
            column = position.get(fold_header(column_of(header)))
            if column is None or not (path or field.kind in ("names", "symbols")):
                continue
            name = f"{column} {header}"
            values = values_in_lists(table.rows[column], **(path.groupdict() if path else {}))
            columns.append(values.alias(name))
            position[fold_header(header)] = name
    return replace(table, rows=table.rows.with_columns(columns))


def _field_text(name: str, field: Field, position: dict[str, str], nulls: tuple[str, ...]) -> pl.Expr:
    present = [position[fold_header(header)] for header in field.headers if fold_header(header) in position]
    cleaned = [_value(pl.col(column), nulls) for column in present]
    if field.kind == "earliest" and cleaned:
        every = pl.concat_str(cleaned, separator=BETWEEN_ELEMENTS, ignore_nulls=True)
        return pl.when(pl.any_horizontal(each.is_not_null() for each in cleaned)).then(every).alias(name)
    return pl.coalesce(cleaned).alias(name) if cleaned else pl.lit(None, pl.String).alias(name)


def _extra_columns(header: tuple[str, ...], export: Export) -> pl.Expr:
    """What analysts wrote beside the export, as (header, value) pairs."""
    declared = {fold_header(name) for name in export.extra}
    pairs = [
        pl.struct(pl.lit(name).alias("header"), _value(pl.col(f"c{index}"), export.nulls).alias("value"))
        for index, name in enumerate(header)
        if fold_header(name) in declared
    ]
    if not pairs:
        return pl.lit(None, LANDING.polars_schema["extra_columns"]).alias("extra_columns")
    element = pl.element()
    stated = pl.concat_list(pairs).list.eval(element.filter(element.struct.field("value").is_not_null()))
    return pl.when(stated.list.len() > 0).then(stated).alias("extra_columns")


def _unfolded(text: pl.DataFrame, export: Export, records: int) -> pl.DataFrame:
    """One row per publication number. The first of a record keeps its row number; further ones are numbered on after the last
    record. Other listed values go to the number in the same place, and to none where there are not as many of them.
    """
    text = text.with_columns(pl.col("row_number").alias("record_number"))
    if not export.unfolds:
        return text
    listed = {name: _listed(name, export) for name in export.unfolds}
    several = listed["publication_number"].list.len()
    alone = pl.col("publication_number").is_null()
    lists = text.with_columns(
        pl.when(alone)
        .then(pl.concat_list(pl.lit(None, pl.String)))
        .when(values.list.len() == several)
        .then(values)
        .otherwise(pl.lit(None, pl.String).repeat_by(several))
        .alias(name)
        for name, values in listed.items()
    )
    rows = lists.explode(*export.unfolds)
    further = pl.col("record_number").is_first_distinct().not_()
    number = pl.when(further).then(records + further.cum_sum()).otherwise(pl.col("record_number"))
    return rows.with_columns(number.cast(pl.Int64).alias("row_number"))


def _listed(name: str, export: Export) -> pl.Expr:
    return _parts(pl.col(name), export.fields[name].separator or export.separator)


def _bare(table: RawTable, columns: list[str]) -> RawTable:
    """Without blanks around the cells of these columns. One that has none stays as it is, views of the file's text."""
    blanks = [
        name
        for name in columns
        if (table.rows[name].str.strip_chars().str.len_bytes() != table.rows[name].str.len_bytes()).any()
    ]
    return replace(table, rows=table.rows.with_columns(pl.col(blanks).str.strip_chars()))


def _value(cell: pl.Expr, nulls: tuple[str, ...]) -> pl.Expr:
    # Not is_in, which would read every text to its end.
    return pl.when(pl.all_horizontal(cell != null for null in nulls)).then(cell)


def _date_format(table: RawTable, export: Export, where: str) -> str:
    """The format of the dates of a whole file, told by all of them."""
    dates = [name for name, field in export.fields.items() if field.kind in _DATES]
    fields = {name: export.fields[name] for name in (*dates, *export.unfolds)}
    export = replace(export, fields=fields, extra=())
    text = _cleared(canonical_text(table, export), export)
    return format_of_file(where, [_each_day(text, dates)], export.date_formats)


def _each_day(text: pl.DataFrame, dates: list[str]) -> pl.Series:
    columns = [text[name].str.split(BETWEEN_ELEMENTS).explode(empty_as_null=True) for name in dates]
    return pl.concat([pl.Series(dtype=pl.String), *columns]).drop_nulls()


def _cleared(text: pl.DataFrame, export: Export) -> pl.DataFrame:
    text = text.with_columns(_without_placeholders(text, export))
    return text.with_columns(_in_lines(text, export))


def cast(text: pl.DataFrame, export: Export, date_format: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Text columns to the landing table's types, and the reasons (`row_number`, `rule`, `reason`) for what could not be cast."""
    text = _cleared(text, export)
    dates = [name for name, field in export.fields.items() if field.kind in _DATES]
    known_days = days(_each_day(text, dates), date_format)
    read = text.select(
        "row_number",
        "extra_columns",
        *(_typed(name, field, export, known_days) for name, field in export.fields.items()),
    )
    lost = pl.concat([_misread(text, read, export, date_format), _error_cells(text)])
    typed = _numbered(read, text, export).with_columns(
        _normalised_symbols(read[name]) for name, field in export.fields.items() if field.kind == "symbols"
    )
    absent = [
        pl.lit(None, dtype).alias(name) for name, dtype in LANDING.polars_schema.items() if name not in typed.columns
    ]
    typed = typed.with_columns(absent).pipe(_with_kind).pipe(_with_filing_year)
    by_filing = _is_by_filing(text, export)
    faults = [
        judged(text.filter(rows), typed.filter(rows))
        for judged, rows in ((_bad_numbers, ~by_filing), (_bad_filing_numbers, by_filing))
        if rows.any()
    ]
    return typed, pl.concat([lost, *faults])


def _is_by_filing(text: pl.DataFrame, export: Export) -> pl.Series:
    """Which rows stand under the number of a filing."""
    if export.numbered_by == "publication_or_filing":
        return text["publication_number"].is_null()
    return pl.repeat(export.numbered_by == "filing", text.height, eager=True)


def _numbered(read: pl.DataFrame, text: pl.DataFrame, export: Export) -> pl.DataFrame:
    if export.numbered_by == "filing":
        return _with_filing_numbers(read, text, export)
    published = _with_numbers(read, text, export)
    if export.numbered_by == "publication":
        return published
    filed = _with_filing_numbers(read, text, export).select(published.columns)
    by_filing = _is_by_filing(text, export)
    return published.with_columns(column.zip_with(~by_filing, filed[column.name]) for column in published.get_columns())


def _without_placeholders(text: pl.DataFrame, export: Export) -> list[pl.Expr]:
    # A tool that may not hand out a value writes so in its cell; only without its number is a row of no use.
    others = [name for name in export.fields if name != "publication_number"]
    return [
        pl.when(pl.col(name).str.contains(numbers.NOT_EXPORTABLE, literal=True).not_()).then(pl.col(name)).alias(name)
        for name in _holding(text, others, numbers.NOT_EXPORTABLE)
    ]


def _in_lines(text: pl.DataFrame, export: Export) -> list[pl.Expr]:
    """Several values of a list as lines, where the column is one text."""
    single = [name for name, field in export.fields.items() if field.kind not in ("names", "symbols")]
    return [
        pl.col(name).str.strip_chars(IN_LISTS).str.replace_all(IN_LISTS, "\n", literal=True)
        for name in _holding(text, single, IN_LISTS)
    ]


def _holding(text: pl.DataFrame, columns: list[str], wanted: str) -> list[str]:
    """Those of the columns in which `wanted` stands anywhere."""
    holds = text.select(
        pl.col(name).str.contains(wanted, literal=True).any() for name in columns if name in text.columns
    )
    return [name for name in holds.columns if holds[name].item()]


def _typed(name: str, field: Field, export: Export, known_days: tuple[pl.Series, pl.Series]) -> pl.Expr:
    column = pl.col(name)
    if field.kind == "date":
        return column.replace_strict(*known_days, default=None, return_dtype=pl.Date)
    if field.kind == "earliest":
        read = pl.element().replace_strict(*known_days, default=None, return_dtype=pl.Date)
        each = column.str.split(BETWEEN_ELEMENTS).list.drop_nulls().list.set_difference([""]).list.eval(read)
        # Of days of which one cannot be read nobody knows the earliest.
        return pl.when(each.list.eval(pl.element().is_null()).list.any().not_()).then(each.list.min()).alias(name)
    if field.kind == "number":
        return _whole_number(column).alias(name)
    if field.kind in ("names", "symbols"):
        return _parts(column, field.separator or export.separator, field.cut, field.codes).alias(name)
    if field.kind == "coded":
        known = column.replace_strict(dict(field.codes), default=field.otherwise or None, return_dtype=pl.String)
        return pl.when(column.is_not_null()).then(known).alias(name)
    return column.str.replace_all(field.cut, "").str.strip_chars() if field.cut else column


def _whole_number(column: pl.Expr) -> pl.Expr:
    return column.str.extract(r"^(\d{1,9})(?:\.0+)?$", 1).cast(pl.Int32)


_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#39;": "'"}


def _parts(
    column: pl.Expr, separator: str | tuple[str, ...], cut: str | None = None, codes: Mapping[str, str] | None = None
) -> pl.Expr:
    """The values of a cell as a list, null where there is none."""
    first, *others = (separator,) if isinstance(separator, str) else separator
    # Or the sign that ends an entity would be taken for one between two values.
    whole = column = column.str.replace_many(_ENTITIES)
    for other in others:
        column = column.str.replace_all(other, first, literal=True)
    element = pl.element().str.strip_chars()
    if cut:
        element = element.str.replace_all(cut, "").str.strip_chars()
    if codes:
        element = element.replace(dict(codes))
    split = (
        pl.when(whole.str.starts_with(IN_LISTS))
        .then(whole.str.split(IN_LISTS))
        .otherwise(column.str.split(first.strip() or first))
    )
    kept = split.list.eval(element.filter(element.is_in(["", "-"]).not_()))
    return pl.when(kept.list.len() > 0).then(kept)


def _normalised_symbols(symbols: pl.Series) -> pl.Series:
    """Each distinct symbol is normalised once; what is no symbol is left out, repeats within a cell too."""
    rows = symbols.alias("symbol").to_frame().with_row_index("row")
    flat = rows.explode("symbol", empty_as_null=False, keep_nulls=False)
    one_spelling = {spelling: normalise_symbol(spelling) for spelling in flat["symbol"].unique()}
    kept = (
        flat.with_columns(pl.col("symbol").replace_strict(one_spelling, default=None, return_dtype=pl.String))
        .drop_nulls()
        .unique(["row", "symbol"], maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg("symbol")
    )
    joined = rows.select("row").join(kept, on="row", how="left", validate="1:1", maintain_order="left")
    return joined["symbol"].alias(symbols.name)


def _with_numbers(typed: pl.DataFrame, text: pl.DataFrame, export: Export) -> pl.DataFrame:
    original = text["publication_number"]
    parts = text.select(numbers.publication_parts(pl.col("publication_number")).alias("parts"))
    typed = typed.with_columns(
        original.alias("publication_number_original"),
        parts.select(numbers.publication_number(pl.col("parts")).alias("publication_number")).to_series(),
        *parts.unnest("parts").get_columns(),
    )
    if "application_number" in text.columns:
        canonical = numbers.application_number(_in_office_form(export), pl.col("office"))
        typed = typed.with_columns(
            text["application_number"].alias("application_number_original"), canonical.alias("application_number")
        )
    if "priority_numbers" in typed.columns:
        typed = typed.with_columns(numbers.priority_numbers(pl.col("priority_numbers")))
    return typed


def _in_office_form(export: Export) -> pl.Expr:
    number = pl.col("application_number")
    return number.str.replace(*export.application_rule) if export.application_rule else number


# A PCT filing in a national list: country and year of the receiving office, six digits.
_CHINESE_FILING = r"^CN(?:(?:19|20)[0-9]{2}[1-9][0-9]{7}|(?:8[5-9]|9[0-9]|0[0-3])[1-9][0-9]{5})$"
_ANY_FILING = r"^[A-Z]{2}[A-Z]{0,5}[0-9]{4}[0-9A-Z]*$"
_PCT_IN_LIST = r"^(?:PCT)?([A-Z]{2}(?:19|20)[0-9]{8})$"


def _with_filing_numbers(typed: pl.DataFrame, text: pl.DataFrame, export: Export) -> pl.DataFrame:
    """Number columns of a list that states filings only: the filing stands under office and application number, without a kind.

    A national filing that its list names by the PCT number keeps that number as written and gets no canonical application number,
    for by that it would be one filing with the national phases of other offices.
    """
    application = numbers.compact(pl.col("application_number"))
    own_prefix = application.str.slice(0, 2)
    stated = _filing_office(text, export)
    offices = shipped("office")["office"].implode()
    parts = (
        text.with_columns(stated, application.alias("_bare"))
        .with_columns(pl.coalesce("_stated", pl.when(own_prefix.is_in(offices)).then(own_prefix)).alias("office"))
        .with_columns(
            pl.col("_bare").str.contains(_PCT_IN_LIST).and_(own_prefix != pl.col("office")).alias("_is_pct"),
            _with_year_of_filing(numbers.application_number(_in_office_form(export), pl.col("office")), typed).alias(
                "_canonical"
            ),
        )
        .with_columns(
            pl.when(pl.col("_is_pct"))
            .then("PCT" + pl.col("_bare").str.extract(_PCT_IN_LIST, 1))
            .when(pl.col("_canonical").str.starts_with(pl.col("office")))
            .then(pl.col("_canonical").str.slice(2))
            .otherwise(pl.col("_bare"))
            .alias("document_number")
        )
    )
    number = pl.col("office") + pl.col("document_number")
    is_sound = number.str.contains(_CHINESE_FILING) | (
        (pl.col("office") != "CN") & number.str.contains(_ANY_FILING) & pl.col("office").is_in(offices)
    )
    key = pl.when(is_sound).then(number)
    canonical = pl.when(is_sound & pl.col("_is_pct").not_()).then(number)
    columns = parts.select(
        "office",
        "document_number",
        pl.lit(None, pl.String).alias("kind_code"),
        pl.lit(None, pl.String).alias("publication_number_original"),
        pl.col("application_number").alias("application_number_original"),
        key.alias("publication_number"),
        canonical.alias("application_number"),
    )
    return typed.with_columns(columns.get_columns())


def _with_year_of_filing(number: pl.Expr, typed: pl.DataFrame) -> pl.Expr:
    """`US15:590278` as DOCDB has it, the year in front: series and serial alone may be the number of a grant."""
    if "filing_date" not in typed.columns:
        return number
    year = typed["filing_date"].dt.year().cast(pl.String)
    full = "US" + pl.lit(year) + number.str.slice(2).str.replace(":", "")
    return pl.when(number.str.contains(r"^US[0-9]{2}:[0-9]{6}$") & full.is_not_null()).then(full).otherwise(number)


def _filing_office(text: pl.DataFrame, export: Export) -> pl.Expr:
    if "office_name" in text.columns or "office_code" in text.columns:
        return _stated_office(text)
    return pl.lit(export.office, pl.String).alias("_stated")


def _bad_filing_numbers(text: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("application_number")
    rows = text.with_columns(typed["office"].alias("_office"), typed["publication_number"].alias("_key"))
    faults = {
        "application_number_missing": (number.is_null(), number, "an application number"),
        **_spoilt(number),
        "application_number_shape": (pl.col("_key").is_null(), number, "an application number, like CN201710106452.1"),
    }
    return pl.concat(_first_fault(rows, faults))


def _spoilt(number: pl.Expr) -> Faults:
    mangled, withheld = number.str.contains(numbers.MANGLED), number.str.contains(numbers.NOT_EXPORTABLE, literal=True)
    return {
        "number_mangled_by_spreadsheet": (mangled, number, "a number; the spreadsheet lost its digits"),
        "number_not_exportable": (withheld, number, "a number; the tool withholds it"),
        "several_numbers": (number.str.contains(numbers.SEVERAL), number, "one number; which is meant nobody can tell"),
    }


def _first_fault(rows: pl.DataFrame, faults: Faults) -> list[pl.DataFrame]:
    """Reasons by the first of `faults` that holds for a row."""
    found = [pl.DataFrame(schema=_REASON)]
    for rule, (is_fault, stands, expected) in faults.items():
        is_fault = is_fault.fill_null(False)
        found.append(_reason(rows.filter(is_fault), rule, stands, expected))
        rows = rows.filter(is_fault.not_())
    return found


_TYPE_BY_DIGIT = {"1": "invention", "2": "utility_model", "3": "design", "8": "invention", "9": "utility_model"}


def _type_of_chinese_filing() -> pl.Expr:
    """The digit after the year: 201710106452 and 85102475 are inventions."""
    is_filing = (pl.col("office") == "CN") & pl.col("kind_code").is_null()
    digit = pl.col("document_number").str.extract(r"^(?:19|20)[0-9]{2}([0-9])[0-9]{7}$", 1)
    short = pl.col("document_number").str.extract(r"^[0-9]{2}([0-9])[0-9]{5}$", 1)
    return pl.when(is_filing).then(
        pl.coalesce(digit, short).replace_strict(_TYPE_BY_DIGIT, default=None, return_dtype=pl.String)
    )


def _with_kind(typed: pl.DataFrame) -> pl.DataFrame:
    """Stage and patent type from office and kind code; a type stated by the export wins."""
    kinds = shipped("kind_code").select("office", "kind_code", "stage", "patent_type")
    exact = kinds.filter(pl.col("office") != "*")
    general = kinds.filter(pl.col("office") == "*").drop("office")
    return (
        typed.rename({"stage": "_stage", "patent_type": "_stated_type"})
        .join(exact, on=["office", "kind_code"], how="left", validate="m:1", maintain_order="left")
        .with_columns(pl.col("kind_code").str.slice(0, 1).alias("_letter"))
        .join(
            general,
            left_on="_letter",
            right_on="kind_code",
            how="left",
            validate="m:1",
            maintain_order="left",
            suffix="_general",
        )
        .with_columns(
            pl.coalesce("stage", "stage_general", pl.lit("other")).alias("stage"),
            pl.coalesce(
                "_stated_type", "patent_type", "patent_type_general", _type_of_chinese_filing(), pl.lit("other")
            ).alias("patent_type"),
        )
    )


def _with_filing_year(typed: pl.DataFrame) -> pl.DataFrame:
    return typed.with_columns(pl.coalesce(pl.col("filing_date").dt.year(), pl.col("filing_year")).alias("filing_year"))


# ── reasons ──────────────────────────────────────────────────────────────────────────────────────────────────────

_REASON = {"row_number": pl.Int64, "rule": pl.String, "reason": pl.String}


def _reason(rows: pl.DataFrame, rule: str, found: pl.Expr, expected: str) -> pl.DataFrame:
    reason = pl.format("found {}, expected {}", found.fill_null("nothing").str.slice(0, 200), pl.lit(expected))
    return rows.select("row_number", pl.lit(rule).alias("rule"), reason.alias("reason")).cast(_REASON)


def _misread(text: pl.DataFrame, read: pl.DataFrame, export: Export, date_format: str) -> pl.DataFrame:
    """Values that stood in a cell and did not survive the cast."""
    expected = {
        "date": f"a day written as {date_format.replace('_', ', ')}",
        "earliest": f"days written as {date_format.replace('_', ', ')}",
        "number": "a whole number",
        "coded": "one of its known values",
    }
    found = [pl.DataFrame(schema=_REASON)]
    for name, field in export.fields.items():
        if field.kind in expected and field.otherwise is None:
            lost = text.filter(pl.col(name).is_not_null() & read[name].is_null())
            wanted = ", ".join(field.codes) if field.kind == "coded" else expected[field.kind]
            found.append(_reason(lost, f"{name}_unreadable", pl.col(name), wanted))
    return pl.concat(found)


def _bad_numbers(text: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """Publication numbers that are mangled, withheld or of no known shape, and offices that contradict them; one reason a row."""
    offices = shipped("office")["office"].implode()
    number, office, stated = pl.col("publication_number"), pl.col("_office"), pl.col("_stated")
    rows = text.with_columns(typed["office"].alias("_office"), _stated_office(text))
    beside = pl.format("{} of the office {}", number, _office_as_written(text))
    faults = {
        **_spoilt(number),
        "publication_number_shape": (
            number.is_not_null() & office.is_null(),
            number,
            "office, number and kind code, like CN109359736A",
        ),
        "office_unknown": (office.is_in(offices).not_(), number, "an office of WIPO ST.3"),
        "office_name_unknown": (stated == _UNKNOWN_OFFICE, beside, "an office by a name of the reference table"),
        "office_contradicts_number": (stated != office, beside, "the office that the number begins with"),
    }
    found = _first_fault(rows, faults)
    if "application_number" in text.columns:
        spoilt = _spoilt(pl.col("application_number"))
        told = {rule: spoilt[rule] for rule in ("number_mangled_by_spreadsheet", "several_numbers")}
        found += _first_fault(text, told)
    return pl.concat(found)


_UNKNOWN_OFFICE = "?"


def _office_as_written(text: pl.DataFrame) -> pl.Expr:
    return pl.coalesce(*(name for name in ("office_name", "office_code") if name in text.columns), pl.lit("?"))


def _stated_office(text: pl.DataFrame) -> pl.Expr:
    if "office_name" in text.columns:
        name = pl.col("office_name")
        office = name.replace_strict(_office_by_name(), default=_UNKNOWN_OFFICE, return_dtype=pl.String)
        return pl.when(name.is_not_null()).then(office).alias("_stated")
    if "office_code" in text.columns:
        return pl.col("office_code").alias("_stated")
    return pl.lit(None, pl.String).alias("_stated")


def _office_by_name() -> dict[str, str]:
    offices = shipped("office").select("office", "name_zh", pl.col("aliases_zh").fill_null("").str.split(";"))
    aliases = offices.explode("aliases_zh").filter(pl.col("aliases_zh") != "").select("aliases_zh", "office")
    return dict(offices.select("name_zh", "office").rows()) | dict(aliases.rows())


def _error_cells(text: pl.DataFrame) -> pl.DataFrame:
    found = [pl.DataFrame(schema=_REASON)]
    begins = text.select(pl.selectors.string().str.starts_with("#").any())  # as all of them do, and few cells
    for name in (column.name for column in begins if column.item()):
        rows = text.filter(pl.col(name).is_in(list(SPREADSHEET_ERRORS)))
        found.append(_reason(rows, f"{name}_error_cell", pl.col(name), "a value; the spreadsheet's formula failed"))
    return pl.concat(found)


def _most_telling(reasons: pl.DataFrame) -> pl.DataFrame:
    """One reason per row and rule; a number is not also called missing where a closer reason for its loss is given."""
    number_faults = [
        "application_number_missing",
        "application_number_shape",
        "application_number_error_cell",
        "number_mangled_by_spreadsheet",
        "number_not_exportable",
        "several_numbers",
        "publication_number_shape",
        "publication_number_error_cell",
    ]
    explained = reasons.filter(pl.col("rule").is_in(number_faults))["row_number"].implode()
    repeats = (pl.col("rule") == "publication_number_missing") & pl.col("row_number").is_in(explained)
    return reasons.filter(repeats.not_()).unique(["row_number", "rule"], keep="first", maintain_order=True)


def _with_raw(reasons: pl.DataFrame, text: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    records = text.filter(pl.col("row_number").is_in(reasons["row_number"].implode())).select(
        "row_number", pl.col("record_number").alias(ROW_NUMBER)
    )
    rows = records.join(table.rows, on=ROW_NUMBER, how="left", validate="m:1").drop(ROW_NUMBER)
    raw = {number: _raw_json(table.header, cells) for number, *cells in rows.iter_rows()}
    texts = pl.DataFrame(
        {"row_number": list(raw), "raw": list(raw.values())}, schema={"row_number": pl.Int64, "raw": pl.String}
    )
    return reasons.join(texts, on="row_number", how="left", validate="m:1", maintain_order="left").select(
        list(REJECTED)
    )


def _ragged(table: RawTable) -> pl.DataFrame:
    width = len(table.header)
    rows = [
        (
            number,
            "field_count",
            f"found {found} fields, expected {width} as in the header",
            _raw_json(table.header, cells),
        )
        for number, found, cells in table.ragged
    ]
    return pl.DataFrame(rows, schema=REJECTED, orient="row")


def _raw_json(header: tuple[str, ...], cells: list[str | None] | tuple[str | None, ...]) -> str:
    pairs = zip(columns_of(header, len(cells)), cells, strict=False)
    return json.dumps({name: cell for name, cell in pairs if cell is not None}, ensure_ascii=False)


def _synthetic_rows(text: pl.DataFrame) -> int:
    if "inventors" not in text.columns:
        return 0
    return text.select(pl.col("inventors").str.contains(SYNTHETIC_INVENTOR).sum()).item()
