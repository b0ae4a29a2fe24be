"""The team's corrections: values of fields (correction.csv) and families to join or split (family_link.csv). They overrule sources and
rules at every refresh, and core.correction keeps what stood there before."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from schemas.columns import PUBLICATION_NUMBER
from schemas.errors import ReferenceTableError
from schemas.tables import TABLES
from transforms.applications import as_text
from transforms.dates import parsed
from transforms.numbers import application_number, publication_number, publication_parts

VALUES, LINKS = "correction.csv", "family_link.csv"
COLUMNS = {
    VALUES: ("publication_number", "field", "field_value", "reviewer", "decision_date", "reason"),
    LINKS: ("publication_number", "other_publication_number", "decision", "reviewer", "decision_date", "reason"),
}
_DATES = ("filing_date", "publication_date", "grant_date", "earliest_priority_date")
_TEXTS = ("title", "application_number", "legal_status", "patent_type")
FIELDS = (*_DATES, *_TEXTS)
_CORRECTION = TABLES["core.correction"]


def read_corrections(team_folder: Path | None) -> pl.DataFrame:
    """The team's decisions as core.correction, the latest of each; `value_before` and `is_applied` are not yet told.

    Raises ReferenceTableError naming the line and value that cannot be used.
    """
    # Numbers and dates are read by long expressions: most teams have no such file.
    read = [(typed, _read(team_folder, name)) for typed, name in ((_values, VALUES), (_links, LINKS))]
    told = [typed(rows).select(_CORRECTION.columns) for typed, rows in read if not rows.is_empty()]
    decided = pl.concat([_CORRECTION.empty(), *told])
    return decided.unique(list(_CORRECTION.key), keep="last", maintain_order=True)


def _read(team_folder: Path | None, name: str) -> pl.DataFrame:
    path = team_folder / name if team_folder else None
    if path is None or not path.exists():
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS[name], pl.String))
    rows = pl.read_csv(path, infer_schema=False)
    missing = [column for column in COLUMNS[name] if column not in rows.columns]
    if missing:
        expected = f"the columns {', '.join(COLUMNS[name])}"
        raise ReferenceTableError(f"reference/{name}", f"no column {missing[0]}", expected, "add it")
    return rows


def _values(rows: pl.DataFrame) -> pl.DataFrame:
    field, value = pl.col("field").str.strip_chars(), pl.col("field_value").str.strip_chars()
    office = pl.col("publication_number").str.strip_chars().str.slice(0, 2)
    canonical = (
        pl.when(field.is_in(list(_DATES)))
        .then(parsed(value, "year_month_day").cast(pl.String))
        .when(field == "application_number")
        .then(application_number(value, office))
        .otherwise(value)
    )
    typed = _typed(rows, pl.lit("value"), field, pl.lit(""), canonical)
    _require(VALUES, rows, "field", typed["field"].is_in(list(FIELDS)), f"one of {', '.join(FIELDS)}")
    holds = pl.lit(True)
    for name in ("legal_status", "patent_type"):
        for rule in next(
            column for column in TABLES["core.publication"].described_columns if column.name == name
        ).rules:
            holds &= (pl.col("field") != name) | rule.holds(pl.col("field_value"))
    is_good = typed.select(pl.col("field_value").is_not_null() & holds).to_series()
    _require(VALUES, rows, "field_value", is_good, "a value that its field can hold, dates like 2024-06-30")
    return _checked(VALUES, rows, typed)


def _links(rows: pl.DataFrame) -> pl.DataFrame:
    other = publication_number(publication_parts(pl.col("other_publication_number")))
    decision = pl.col("decision").str.strip_chars().str.to_lowercase()
    typed = _typed(rows, decision, pl.lit(""), other, pl.lit(None, pl.String))
    _require(LINKS, rows, "decision", typed["correction"].is_in(["join", "split"]), "join or split")
    found = _is_number(typed["other_publication_number"])
    _require(LINKS, rows, "other_publication_number", found, "a publication number")
    return _checked(LINKS, rows, typed)


def _typed(rows: pl.DataFrame, correction: pl.Expr, field: pl.Expr, other: pl.Expr, value: pl.Expr) -> pl.DataFrame:
    return rows.select(
        correction.alias("correction"),
        publication_number(publication_parts(pl.col("publication_number"))).alias("publication_number"),
        field.alias("field"),
        other.alias("other_publication_number"),
        value.alias("field_value"),
        pl.lit(None, pl.String).alias("value_before"),
        pl.col("reviewer").str.strip_chars(),
        parsed(pl.col("decision_date"), "year_month_day").alias("decision_date"),
        "reason",
        pl.lit(False).alias("is_applied"),
    )


def _checked(name: str, rows: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    _require(name, rows, "publication_number", _is_number(typed["publication_number"]), "a publication number")
    _require(name, rows, "reviewer", typed["reviewer"].is_not_null(), "who decided")
    _require(name, rows, "decision_date", typed["decision_date"].is_not_null(), "a day, like 2024-06-30")
    return typed.sort("decision_date", maintain_order=True)


def _is_number(canonical: pl.Series) -> pl.Series:
    return canonical.str.contains(PUBLICATION_NUMBER)


def _require(name: str, rows: pl.DataFrame, column: str, is_good: pl.Series, expected: str) -> None:
    bad = is_good.fill_null(False).not_().arg_true()
    if len(bad):
        line = int(bad[0])
        where = f"reference/{name}, line {line + 2}"
        raise ReferenceTableError(where, f"{column} {rows[column][line]!r}", expected, "mend the line")


def correct_values(publications: pl.DataFrame, corrections: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(publications, corrections): the values in force, and beside each decision what stood there. One that finds no publication waits.

    Raises ReferenceTableError where a publication would have days that contradict one another.
    """
    for name in FIELDS:
        wanted = corrections.filter((pl.col("correction") == "value") & (pl.col("field") == name))
        if wanted.is_empty():
            continue
        before = publications.select(
            "publication_number", as_text(publications, name).alias("_before"), pl.lit(True).alias("_found")
        )
        told = wanted.join(before, on="publication_number", how="left", validate="m:1").select(
            "correction", "publication_number", "field", "other_publication_number", "_before", "_found"
        )
        corrections = _logged(corrections, told)
        typed = pl.col("field_value").str.to_date("%Y-%m-%d") if name in _DATES else pl.col("field_value")
        new = wanted.select("publication_number", typed.alias("_new"))
        publications = (
            publications.join(new, on="publication_number", how="left", validate="1:1", maintain_order="left")
            .with_columns(pl.coalesce("_new", name).alias(name))
            .drop("_new")
        )
    _require_days_in_order(publications, corrections)
    year = pl.coalesce(pl.col("filing_date").dt.year(), "filing_year").alias("filing_year")
    return publications.with_columns(year), corrections


def _require_days_in_order(publications: pl.DataFrame, corrections: pl.DataFrame) -> None:
    """Landed rows keep to these rules; what the team puts in place of their days must, too."""
    dated = corrections.filter(pl.col("correction") == "value", pl.col("field").is_in(list(_DATES)))
    corrected = publications.join(dated, on="publication_number", how="semi")
    for rule in TABLES["core.publication"].row_rules:
        wrong = corrected.filter(rule.holds().not_()).head(1)
        for row in wrong.iter_rows(named=True):
            found = ", ".join(f"{name} {row[name]}" for name in rule.columns)
            where = f"reference/{VALUES}, publication {row['publication_number']}"
            raise ReferenceTableError(where, found, rule.expectation, "mend the line, or correct the other day as well")


def family_links(corrections: pl.DataFrame, publications: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(links, corrections): joins and splits by `application_id` and `other_application_id`, and which of them are in force."""
    filing = publications.select("publication_number", "application_id")
    other = filing.rename({"publication_number": "other_publication_number", "application_id": "other_application_id"})
    links = (
        corrections.filter(pl.col("correction") != "value")
        .join(filing, on="publication_number", how="inner", validate="m:1")
        .join(other, on="other_publication_number", how="inner", validate="m:1")
        .filter(pl.col("application_id") != pl.col("other_application_id"))
    )
    told = links.select(
        "correction", "publication_number", "field", "other_publication_number",
        pl.lit(None, pl.String).alias("_before"), pl.lit(True).alias("_found"),
    )  # fmt: skip
    return links, _logged(corrections, told)


def _logged(corrections: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    return (
        corrections.join(told, on=list(_CORRECTION.key), how="left", validate="1:1", maintain_order="left")
        .with_columns(
            pl.coalesce("_before", "value_before").alias("value_before"),
            (pl.col("_found").fill_null(False) | pl.col("is_applied")).alias("is_applied"),
        )
        .select(_CORRECTION.columns)
    )
