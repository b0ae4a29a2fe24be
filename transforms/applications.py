"""Publications to filings: the rows of one document merged, the documents of one filing put together."""

from __future__ import annotations

import polars as pl

from schemas.reference import shipped
from schemas.tables import LANDING, TABLES
from transforms.landed_texts import LandedTexts
from transforms.numbers import application_number_doubt

PUBLICATION = TABLES["core.publication"]
# The state that says most of what can still be asserted wins when the documents of one filing disagree.
LEGAL_STATUS_ORDER = ("active", "pending", "pct_designation_period", "pct_designation_expired", "inactive", "unknown")
_KANA, _HANGUL, _HAN = r"[\u3040-\u30ff]", r"[\uac00-\ud7af]", r"[\u3400-\u9fff]"


# Who decides where sources disagree. `precedence`: the first row that has a value, in the order of transforms.precedence:
# that of the exports first. `highest`: counts only grow, so the highest is the latest.
DECIDED_BY = {"vendor_family_size": "highest", "cited_by_documents": "highest"}
DEFAULT_ORDER = "precedence"
# Where a value comes from and how a number was spelled is no disagreement about the document.
_NOT_COMPARED = (
    "publication_number",
    "publication_number_original",
    "application_number_original",
    "source_file_id",
    "row_number",
)
_DOCUMENT = ["office", "document_number"]
_KIND = ["kind_code", "stage", "patent_type"]
# No document is published or granted before it is filed.
_LATER = ("publication_date", "grant_date")
_COMPARED = tuple(name for name in TABLES["landing.publication"].columns if name not in _NOT_COMPARED)


def merge_rows(landed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(publications, sources) of landed rows, each publication's in order of precedence (transforms.precedence).

    publications: one row per publication number, each field decided by DECIDED_BY, with the texts' places and
    `application_number_doubt`. sources: core.publication_source; `is_first` marks the row that brought the publication in.
    """
    landed = with_kind_codes(landed)
    sources = landed.select(
        "source_file_id",
        "row_number",
        "publication_number",
        pl.col("publication_number").is_first_distinct().alias("is_first"),
    )
    fields = [name for name in landed.columns if name != "publication_number"]
    # Of most publications there is one row, which is what its fields are decided to be.
    repeated = landed["publication_number"].is_duplicated()
    several = landed.filter(repeated)
    decided = several.group_by("publication_number", maintain_order=True).agg(_decided(name) for name in fields)
    publications = pl.concat(
        [landed.filter(~repeated).select("publication_number", *fields), _with_days_in_order(decided, several)]
    )
    return publications.with_columns(
        _language(pl.col("title")),
        application_number_doubt(pl.col("application_number_original"), pl.col("application_number")).alias(
            "application_number_doubt"
        ),
    ), sources


def _decided(name: str) -> pl.Expr:
    if DECIDED_BY.get(name, DEFAULT_ORDER) == "highest":
        return pl.col(name).max()
    return pl.col(name).drop_nulls().first()


def _with_days_in_order(decided: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Where days that come from different rows contradict one another, those of the upper row; then the first that fit them, or none.

    `rows`: of `decided`, in order of precedence.
    """
    is_wrong = pl.any_horizontal(pl.col("filing_date") > pl.col(name) for name in _LATER).fill_null(False)
    wrong = decided.filter(is_wrong)
    if wrong.is_empty():
        return decided
    days = ("filing_date", "filing_year", *_LATER)
    of_document = rows.join(wrong, on="publication_number", how="semi", maintain_order="left").group_by(
        "publication_number", maintain_order=True
    )
    first = {name: pl.col(name).drop_nulls().first() for name in days}
    place = {name: pl.col(name).is_not_null().arg_true().first() for name in days}
    until = pl.min_horizontal(pl.when(place[name] < place["filing_date"]).then(first[name]) for name in _LATER)
    day, year = pl.col("filing_date"), pl.col("filing_year")
    mended = (
        of_document.agg(*days, until.alias("_until"))
        .explode(*days)
        .with_columns(
            pl.when((day <= pl.col("_until")).fill_null(True)).then(day).alias("filing_date"),
            pl.when((year <= pl.col("_until").dt.year()).fill_null(True)).then(year).alias("filing_year"),
        )
        .with_columns(first["filing_date"].over("publication_number").alias("_filed"))
        .with_columns(pl.when((pl.col(name) >= pl.col("_filed")).fill_null(True)).then(name) for name in _LATER)
        .group_by("publication_number")
        .agg(first.values())
    )
    mended = wrong.drop(days).join(mended, on="publication_number", how="left", validate="1:1")
    return pl.concat([decided.filter(is_wrong.not_()), mended.select(decided.columns)])


def with_kind_codes(landed: pl.DataFrame, known: pl.DataFrame | None = None) -> pl.DataFrame:
    """Rows without a kind code take that of the one document of the same office and number; where there are two, they stay apart.

    `known`: `known_kinds` of all rows, where `landed` are some of them.
    """
    if landed["kind_code"].null_count() == 0:
        return landed
    known = known_kinds(landed, without_kind(landed)) if known is None else known
    takes = pl.col("kind_code").is_null() & pl.col("_kind_code").is_not_null()
    return (
        landed.join(known, on=_DOCUMENT, how="left", validate="m:1", maintain_order="left")
        .with_columns(
            pl.when(takes)
            .then(pl.col("publication_number") + pl.col("_kind_code"))
            .otherwise("publication_number")
            .alias("publication_number"),
            *(pl.when(takes).then(f"_{name}").otherwise(name).alias(name) for name in _KIND),
        )
        .select(landed.columns)
    )


def without_kind(rows: pl.DataFrame) -> pl.DataFrame:
    """`office`, `document_number` of rows without a kind code."""
    return rows.filter(pl.col("kind_code").is_null()).select(_DOCUMENT).unique()


def known_kinds(rows: pl.DataFrame, sought: pl.DataFrame) -> pl.DataFrame:
    """`office`, `document_number`, `_kind_code`, `_stage`, `_patent_type` of documents `sought` of which rows tell one kind code."""
    return (
        rows.filter(pl.col("kind_code").is_not_null())
        .join(sought, on=_DOCUMENT, how="semi")
        .group_by(_DOCUMENT)
        .agg(pl.col("kind_code").n_unique().alias("_kinds"), *(pl.col(name).min().alias(f"_{name}") for name in _KIND))
        .filter(pl.col("_kinds") == 1)
        .drop("_kinds")
    )


def publication_values(landed: pl.DataFrame, publications: pl.DataFrame, texts: LandedTexts) -> pl.DataFrame:
    """core.publication_value: what each source says where the sources of a publication disagree, and which value was chosen.

    `landed`: rows with the kind codes that others know.
    """
    # polars 2.1 panics where `list.eval` formats the fields of structs in a column of several chunks.
    rows = texts.into(landed.filter(pl.col("publication_number").is_duplicated())).rechunk()
    several = publications.join(rows, on="publication_number", how="semi", maintain_order="left").rechunk()
    chosen = texts.into(several).select("publication_number", *(as_text(rows, name) for name in _COMPARED))
    told = [_disagreement(rows, chosen, name) for name in _COMPARED]
    return pl.concat([TABLES["core.publication_value"].empty(), *told])


def _disagreement(rows: pl.DataFrame, chosen: pl.DataFrame, name: str) -> pl.DataFrame:
    values = rows.select("publication_number", "source_file_id", "row_number", as_text(rows, name).alias("field_value"))
    differ = pl.col("field_value").n_unique().over("publication_number") > 1
    return (
        values.filter(pl.col("field_value").is_not_null())
        .join(
            chosen.select("publication_number", pl.col(name).alias("_chosen")), on="publication_number", validate="m:1"
        )
        # None is chosen where what the sources say contradicts their other values.
        .filter(differ | pl.col("_chosen").is_null())
        .select(
            "publication_number",
            pl.lit(name).alias("field"),
            "source_file_id",
            "row_number",
            "field_value",
            (pl.col("field_value") == pl.col("_chosen")).fill_null(False).alias("is_chosen"),
            pl.lit(DECIDED_BY.get(name, DEFAULT_ORDER)).alias("decided_by"),
        )
    )


def as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column as text, as core.publication_value and core.correction hold values; the parts of a list joined by ` | `."""
    dtype, value = frame.schema[name], pl.col(name)
    if dtype == LANDING.polars_schema["extra_columns"]:
        part = pl.element().struct
        value = value.list.eval(pl.format("{}={}", part.field("header"), part.field("value").fill_null("")))
    return (value.list.join(" | ") if dtype == pl.List else value.cast(pl.String)).alias(name)


def _language(title: pl.Expr) -> pl.Expr:
    return (
        pl.when(title.is_null())
        .then(None)
        .when(title.str.contains(_KANA))
        .then(pl.lit("ja"))
        .when(title.str.contains(_HANGUL))
        .then(pl.lit("ko"))
        .when(title.str.contains(_HAN))
        .then(pl.lit("zh"))
        .when(title.str.contains(r"[A-Za-z]"))
        .then(pl.lit("latin"))
        .otherwise(pl.lit("other"))
        .alias("language")
    )


def with_application_id(publications: pl.DataFrame) -> pl.DataFrame:
    """Adds `application_id` and `application_id_basis`.

    Documents of one filing meet by application number, or where an office lets the stages of a filing share their number (CN
    since 2007, EP, WO, DE), by that number. A document with neither is a filing of its own.
    """
    publications = publications.with_columns(_with_year_of_us_filing())
    shared = shipped("office").select("office", "shared_number")
    stem = pl.when(pl.col("document_number").str.contains(pl.col("shared_number"))).then(
        pl.col("office") + pl.col("document_number")
    )
    together = pl.coalesce("_stem", "publication_number")
    number = pl.col("_number")
    own_prefix = number.str.starts_with(pl.col("office")) | number.str.starts_with("PCT")
    full_number = pl.when(own_prefix).then(number).otherwise(pl.col("office") + ":" + number)
    numbers = publications.select("publication_number", "office", "document_number", "application_number")
    told = (
        numbers.join(shared, on="office", how="left", validate="m:1", maintain_order="left")
        .with_columns(stem.alias("_stem"))
        .with_columns(pl.col("application_number").min().over(together).alias("_number"))
        .select(
            pl.coalesce(full_number, together).alias("application_id"),
            pl.when(number.is_not_null())
            .then(pl.lit("application_number"))
            .when(pl.col("_stem").is_not_null())
            .then(pl.lit("shared_number"))
            .otherwise(pl.lit("publication_number"))
            .alias("application_id_basis"),
        )
    )
    return publications.with_columns(told.get_columns())


def with_filing(told: pl.DataFrame, filing_of: pl.DataFrame) -> pl.DataFrame:
    """Rows with `publication_number` and their `application_id`, null where the data lack the publication.

    `filing_of`: `publication_number`, `application_id`.
    """
    return told.join(filing_of, on="publication_number", how="left", validate="m:1", maintain_order="left")


def _with_year_of_us_filing() -> pl.Expr:
    """Series and serial of the US office (`US15:590278`), with the year of filing in front as DOCDB has it."""
    number = pl.col("application_number")
    bare = number.str.contains(r"^US[0-9]{2}:[0-9]{6}$") & pl.col("filing_year").is_not_null()
    full = "US" + pl.col("filing_year").cast(pl.String) + number.str.slice(2).str.replace(":", "")
    return pl.when(bare).then(full).otherwise(number).alias("application_number")


# What `applications_of` reads of publications.
OF_FILINGS = (
    "application_id", "application_id_basis", "publication_number", "office", "stage", "patent_type",
    "application_number", "filing_date", "filing_year", "earliest_priority_date", "publication_date", "grant_date",
    "legal_status", "title", "abstract", "claims", "language", "ipc_symbols", "cpc_symbols", "applicants",
    "current_owners", "provinces", "cities", "districts", "addresses", "priority_numbers", "vendor_family_id",
)  # fmt: skip


def applications_of(publications: pl.DataFrame) -> pl.DataFrame:
    """One row per filing: the columns of core.application but the family and the place, and with them what these and the labels are
    made from: where `abstract` and `claims` lie, `ipc_symbols`, `cpc_symbols`, `applicants`, `priority_numbers`, `provinces` …
    """
    first = {name: pl.col(name).drop_nulls().first() for name in ("title", "abstract", "claims", "language")}
    status = pl.col("legal_status").replace_strict(
        {status: rank for rank, status in enumerate(LEGAL_STATUS_ORDER)}, default=None, return_dtype=pl.Int8
    )
    granted = pl.when(pl.col("stage") == "grant").then(pl.coalesce("grant_date", "publication_date"))
    known_type = pl.col("patent_type").filter(pl.col("patent_type") != "other").first()
    return (
        publications.sort("application_id", pl.col("publication_date"), "publication_number", nulls_last=True)
        .with_columns(status.alias("_status"), pl.coalesce(granted, "grant_date").alias("grant_date"))
        .group_by("application_id", maintain_order=True)
        .agg(
            pl.col("application_id_basis").first(),
            pl.col("office").first(),
            pl.col("application_number").drop_nulls().first(),
            pl.col("filing_date").min(),
            pl.col("filing_year").min(),
            pl.col("earliest_priority_date").min(),
            pl.coalesce(known_type, pl.lit("other")).alias("patent_type"),
            pl.col("_status")
            .min()
            .replace_strict(dict(enumerate(LEGAL_STATUS_ORDER)), default=None, return_dtype=pl.String)
            .alias("legal_status"),
            # One before the filing is another document's mistake, and stays with it.
            pl.col("grant_date").filter((pl.col("grant_date") >= pl.col("filing_date").min()).fill_null(True)).min(),
            pl.col("publication_number").first().alias("representative_publication_number"),
            pl.len().cast(pl.Int32).alias("publications"),
            *first.values(),
            *(_union(name) for name in ("ipc_symbols", "cpc_symbols")),
            *_applicants(),
            *(pl.col(name).drop_nulls().first() for name in ("provinces", "cities", "districts", "addresses")),
            _union("priority_numbers").sort(),
            pl.col("vendor_family_id").drop_nulls().first(),
        )
        .with_columns(_null_where_empty(name) for name in ("ipc_symbols", "cpc_symbols", "priority_numbers"))
    )


def _applicants() -> list[pl.Expr]:
    """Of the documents of a filing: the applicants of the first that gives any, and only where none does the current owners."""
    as_filed, owners = (pl.col(name).drop_nulls().first() for name in ("applicants", "current_owners"))
    basis = (
        pl.when(as_filed.is_not_null())
        .then(pl.lit("applicants"))
        .when(owners.is_not_null())
        .then(pl.lit("current_owners"))
    )
    return [pl.coalesce(as_filed, owners).alias("applicants"), basis.alias("applicant_basis")]


def _union(name: str) -> pl.Expr:
    """Distinct values over the documents of a filing, in order of appearance."""
    return pl.col(name).explode(empty_as_null=False, keep_nulls=False).unique(maintain_order=True)


def _null_where_empty(name: str) -> pl.Expr:
    return pl.when(pl.col(name).list.len() > 0).then(pl.col(name)).alias(name)
