"""One export file to landed rows: read, map to canonical columns, cast, judge. What does not fit is set aside with its reasons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.errors import UnreadableFileError
from schemas.reference import shipped
from schemas.tables import LANDING
from schemas.validation import judge
from transforms import numbers
from transforms.dates import format_of_file, parsed
from transforms.export import Export, Field, fold_header, recognise, refusal
from transforms.symbols import normalise_symbol
from transforms.tabular import ROW_NUMBER, SPREADSHEET_ERRORS, HeaderNotFoundError, RawTable, read_table

# The built-in sample names every inventor so, and that is how its rows are known for what they are.
SYNTHETIC_INVENTOR = r"(?i)^(合成发明人|synthetic inventor)"


@dataclass(frozen=True)
class Landing:
    """`accepted`: rows of landing.publication. `rejected`: `row_number`, `rule`, `reason`, `raw` (JSON), one per broken rule.

    rows_in = accepted + distinct rejected rows + blank; rows_in is counted apart from the reading.
    """

    export: str
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    rows_in: int
    blank: int
    unmapped_columns: tuple[str, ...]
    synthetic_rows: int


REJECTED = {"row_number": pl.Int64, "rule": pl.String, "reason": pl.String, "raw": pl.String}


def land(path: Path, source_file_id: str, name: str) -> Landing:
    """Land the file at `path`, which errors call `name`.

    Raises UnreadableFileError or UnknownExportError when the file as a whole cannot be taken.
    """
    try:
        table = read_table(path, name, is_header=lambda cells: recognise(cells) is not None)
    except HeaderNotFoundError as error:
        raise refusal(name, error.cells) from error
    _require_every_record(table, name)
    export = recognise(table.header)
    _require_headers_once(table.header, export, name)
    text = canonical_text(table, export)
    typed, misread = cast(text, export, name)
    typed = typed.with_columns(pl.lit(source_file_id).alias("source_file_id")).select(LANDING.columns)
    verdict = judge(typed, LANDING)
    broken = verdict.rejected.select(
        typed["row_number"].gather(verdict.rejected["row_index"]).alias("row_number"), "rule", "reason"
    )
    reasons = pl.concat([misread, broken]).pipe(_most_telling)
    set_aside = reasons["row_number"].unique()
    accepted = typed.filter(pl.col("row_number").is_in(set_aside.implode()).not_())
    return Landing(
        export=export.id,
        accepted=accepted,
        rejected=pl.concat([_with_raw(reasons, table), _ragged(table)]).sort("row_number", "rule"),
        rows_in=table.counted,
        blank=table.blank,
        unmapped_columns=tuple(export.unmapped(table.header)),
        synthetic_rows=_synthetic_rows(text),
    )


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
    """`row_number` and every field of the export as String, from the first of its headers that has a value."""
    position = {}
    for index, header in enumerate(table.header):
        position.setdefault(fold_header(header), f"c{index}")
    columns = [_field_text(name, field, position, export.nulls) for name, field in export.fields.items()]
    return table.rows.select(pl.col(ROW_NUMBER).alias("row_number"), *columns)


def _field_text(name: str, field: Field, position: dict[str, str], nulls: tuple[str, ...]) -> pl.Expr:
    present = [position[fold_header(header)] for header in field.headers if fold_header(header) in position]
    cleaned = [_value(pl.col(column), nulls) for column in present]
    return pl.coalesce(cleaned).alias(name) if cleaned else pl.lit(None, pl.String).alias(name)


def _value(cell: pl.Expr, nulls: tuple[str, ...]) -> pl.Expr:
    bare = cell.str.strip_chars()
    return pl.when(bare.is_in(list(nulls)).not_()).then(bare)


def cast(text: pl.DataFrame, export: Export, where: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Text columns to the landing table's types, and the reasons (`row_number`, `rule`, `reason`) for what could not be cast."""
    text = text.with_columns(_without_placeholders(text, export))
    date_columns = [name for name, field in export.fields.items() if field.kind == "date"]
    date_format = format_of_file(where, [text[name] for name in date_columns], export.date_formats)
    read = text.select(
        "row_number", *(_typed(name, field, export, date_format) for name, field in export.fields.items())
    )
    lost = pl.concat([_misread(text, read, export, date_format), _error_cells(text)])
    typed = _with_numbers(read, text).with_columns(
        _normalised_symbols(read[name]) for name, field in export.fields.items() if field.kind == "symbols"
    )
    absent = [
        pl.lit(None, dtype).alias(name) for name, dtype in LANDING.polars_schema.items() if name not in typed.columns
    ]
    typed = typed.with_columns(absent).pipe(_with_kind).pipe(_with_filing_year)
    return typed, pl.concat([lost, _bad_numbers(text, typed)])


def _without_placeholders(text: pl.DataFrame, export: Export) -> list[pl.Expr]:
    # A tool that may not hand out a value writes so in its cell; only without its number is a row of no use.
    others = [name for name in export.fields if name != "publication_number"]
    return [
        pl.when(pl.col(name).str.contains(numbers.NOT_EXPORTABLE, literal=True).not_()).then(pl.col(name)).alias(name)
        for name in others
        if name in text.columns
    ]


def _typed(name: str, field: Field, export: Export, date_format: str) -> pl.Expr:
    column = pl.col(name)
    if field.kind == "date":
        # Years before 1900 stay ISO in a file that a spreadsheet program rewrote; ISO cannot be mistaken for anything else.
        return pl.coalesce(parsed(column, date_format), parsed(column, "year_month_day")).alias(name)
    if field.kind == "number":
        return _whole_number(column).alias(name)
    if field.kind in ("names", "symbols"):
        return _parts(column, export.separator).alias(name)
    if field.kind == "coded":
        return column.replace_strict(dict(field.codes), default=None, return_dtype=pl.String).alias(name)
    return column


def _whole_number(column: pl.Expr) -> pl.Expr:
    return column.str.extract(r"^(\d{1,9})(?:\.0+)?$", 1).cast(pl.Int32)


def _parts(column: pl.Expr, separator: str) -> pl.Expr:
    element = pl.element().str.strip_chars()
    kept = column.str.split(separator.strip() or separator).list.eval(element.filter(element.is_in(["", "-"]).not_()))
    return pl.when(kept.list.len() > 0).then(kept)


def _normalised_symbols(symbols: pl.Series) -> pl.Series:
    """Each distinct symbol is normalised once; what is no symbol is left out, repeats within a cell too."""
    spellings = symbols.explode(empty_as_null=False, keep_nulls=False).unique().to_list()
    one_spelling = {spelling: normalise_symbol(spelling) for spelling in spellings}
    element = pl.element().replace_strict(one_spelling, default=None, return_dtype=pl.String)
    kept = pl.col(symbols.name).list.eval(element.drop_nulls()).list.unique(maintain_order=True)
    return symbols.to_frame().select(pl.when(kept.list.len() > 0).then(kept)).to_series().alias(symbols.name)


def _with_numbers(typed: pl.DataFrame, text: pl.DataFrame) -> pl.DataFrame:
    original = text["publication_number"]
    parts = text.select(numbers.publication_parts(pl.col("publication_number")).alias("parts"))
    typed = typed.with_columns(
        original.alias("publication_number_original"),
        parts.select(numbers.publication_number(pl.col("parts")).alias("publication_number")).to_series(),
        *parts.unnest("parts").get_columns(),
    )
    if "application_number" in text.columns:
        canonical = numbers.application_number(pl.col("application_number"), pl.col("office"))
        typed = typed.with_columns(
            text["application_number"].alias("application_number_original"), canonical.alias("application_number")
        )
    if "priority_numbers" in typed.columns:
        typed = typed.with_columns(numbers.priority_numbers(pl.col("priority_numbers")))
    return typed


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
            pl.coalesce("_stated_type", "patent_type", "patent_type_general", pl.lit("other")).alias("patent_type"),
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
        "number": "a whole number",
        "coded": "one of its known values",
    }
    found = [pl.DataFrame(schema=_REASON)]
    for name, field in export.fields.items():
        if field.kind in expected:
            lost = text.filter(pl.col(name).is_not_null() & read[name].is_null())
            wanted = ", ".join(field.codes) if field.kind == "coded" else expected[field.kind]
            found.append(_reason(lost, f"{name}_unreadable", pl.col(name), wanted))
    return pl.concat(found)


def _bad_numbers(text: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """Publication numbers that are mangled, withheld or of no known shape, and offices that contradict them; one reason a row."""
    offices = shipped("office")["office"].implode()
    number, office, stated = pl.col("publication_number"), pl.col("_office"), pl.col("_stated")
    rows = text.with_columns(typed["office"].alias("_office"), _stated_office(text))
    faults = {
        "number_mangled_by_spreadsheet": (
            number.str.contains(numbers.MANGLED),
            "a number; the spreadsheet lost its digits",
        ),
        "number_not_exportable": (
            number.str.contains(numbers.NOT_EXPORTABLE, literal=True),
            "a number; the tool withholds it",
        ),
        "publication_number_shape": (
            number.is_not_null() & office.is_null(),
            "office, number and kind code, like CN109359736A",
        ),
        "office_unknown": (office.is_in(offices).not_(), "an office of WIPO ST.3"),
        "office_contradicts_number": (stated != office, "the office that the export states for it"),
    }
    found = []
    for rule, (is_fault, expected) in faults.items():
        is_fault = is_fault.fill_null(False)
        found.append(_reason(rows.filter(is_fault), rule, number, expected))
        rows = rows.filter(is_fault.not_())
    if "application_number" in text.columns:
        mangled = text.filter(pl.col("application_number").str.contains(numbers.MANGLED))
        found.append(
            _reason(mangled, "number_mangled_by_spreadsheet", pl.col("application_number"), "an application number")
        )
    return pl.concat(found)


def _stated_office(text: pl.DataFrame) -> pl.Expr:
    if "office_name" in text.columns:
        return (
            pl.col("office_name")
            .replace_strict(_office_by_name(), default="?", return_dtype=pl.String)
            .alias("_stated")
        )
    if "office_code" in text.columns:
        return pl.col("office_code").alias("_stated")
    return pl.lit(None, pl.String).alias("_stated")


def _office_by_name() -> dict[str, str]:
    offices = shipped("office").select("office", "name_zh", pl.col("aliases_zh").fill_null("").str.split(";"))
    aliases = offices.explode("aliases_zh").filter(pl.col("aliases_zh") != "").select("aliases_zh", "office")
    return dict(offices.select("name_zh", "office").rows()) | dict(aliases.rows())


def _error_cells(text: pl.DataFrame) -> pl.DataFrame:
    found = [pl.DataFrame(schema=_REASON)]
    for name in text.columns[1:]:
        rows = text.filter(pl.col(name).is_in(list(SPREADSHEET_ERRORS)))
        found.append(_reason(rows, f"{name}_error_cell", pl.col(name), "a value; the spreadsheet's formula failed"))
    return pl.concat(found)


def _most_telling(reasons: pl.DataFrame) -> pl.DataFrame:
    """One reason per row and rule; a number is not also called missing where a closer reason for its loss is given."""
    number_faults = [
        "number_mangled_by_spreadsheet",
        "number_not_exportable",
        "publication_number_shape",
        "publication_number_error_cell",
    ]
    explained = reasons.filter(pl.col("rule").is_in(number_faults))["row_number"].implode()
    repeats = (pl.col("rule") == "publication_number_missing") & pl.col("row_number").is_in(explained)
    return reasons.filter(repeats.not_()).unique(["row_number", "rule"], keep="first", maintain_order=True)


def _with_raw(reasons: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    rows = table.rows.filter(pl.col(ROW_NUMBER).is_in(reasons["row_number"].implode()))
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
    names = [name or f"column {index + 1}" for index, name in enumerate(header)]
    surplus = [f"column {index + 1}" for index in range(len(header), len(cells))]
    pairs = zip([*names, *surplus], cells, strict=False)
    return json.dumps({name: cell for name, cell in pairs if cell is not None}, ensure_ascii=False)


def _synthetic_rows(text: pl.DataFrame) -> int:
    if "inventors" not in text.columns:
        return 0
    return text.select(pl.col("inventors").str.contains(SYNTHETIC_INVENTOR).sum()).item()
