"""Publication and application numbers in one canonical form, as vectorised polars expressions.

Canonical publication number: ST.3 office code, number, ST.16 kind code, no separators (`CN109359736A`, `US20200250566A1`).
Canonical application number: office code and number, no separators, no kind letter, Chinese check digit dropped (DOCDB style).
"""

from __future__ import annotations

import polars as pl

# Office, number (letters may lead or stand inside, as in IN2763DELNP2004 or BRPI0612345), kind code.
_PUBLICATION = r"^([A-Z]{2})([A-Z]{0,2}[0-9][0-9A-Z]*?)([A-Z][0-9]?)?$"
_SEPARATORS = r"[\s\-‐-―−./,()]+"
# A spreadsheet program shows a long number so and keeps only its first digits.
MANGLED = r"^\s*[0-9]([.,][0-9]+)?[Ee]\+?[0-9]+\s*$"
NOT_EXPORTABLE = "不支持导出"


def compact(number: pl.Expr) -> pl.Expr:
    """Full-width folded, upper case, separators gone."""
    return number.str.normalize("NFKC").str.to_uppercase().str.replace_all(_SEPARATORS, "")


def publication_parts(number: pl.Expr) -> pl.Expr:
    """Struct of `office`, `document_number`, `kind_code` (null where there is none); all null where the shape is none."""
    groups = compact(number).str.extract_groups(_PUBLICATION)
    office = groups.struct.field("1")
    document = _padded(office, groups.struct.field("2"))
    return pl.struct(
        office.alias("office"), document.alias("document_number"), groups.struct.field("3").alias("kind_code")
    )


def _padded(office: pl.Expr, document: pl.Expr) -> pl.Expr:
    # DOCDB drops the leading zero of a US pre-grant serial number, the office itself and most tools keep it.
    us_pre_grant = (office == "US") & document.str.contains(r"^(19|20)[0-9]{8}$")
    return (
        pl.when(us_pre_grant)
        .then(document.str.slice(0, 4) + "0" + document.str.slice(4))
        .when((office == "EP") & document.str.contains(r"^[0-9]{1,6}$"))
        .then(document.str.zfill(7))
        .otherwise(document)
    )


def publication_number(parts: pl.Expr) -> pl.Expr:
    """The canonical number of a `publication_parts` struct; null where the parts are."""
    kind = parts.struct.field("kind_code").fill_null("")
    return parts.struct.field("office") + parts.struct.field("document_number") + kind


def application_number(number: pl.Expr, office: pl.Expr) -> pl.Expr:
    """Canonical application number; `office` is put in front where the number has none. Null stays null."""
    bare = number.str.normalize("NFKC").str.to_uppercase().str.strip_chars()
    without_check = bare.str.replace(r"^(CN|ZL)?\s*([0-9]{8}|[0-9]{12})\.[0-9X]$", "CN$2")
    joined = without_check.str.replace_all(_SEPARATORS, "")
    pct = joined.str.replace(r"^(?:PCT)?([A-Z]{2})([0-9]{4})0?([0-9]{6})W?$", "PCT$1$2$3")
    is_pct = joined.str.contains(r"^PCT[A-Z]{2}[0-9]{10,11}$|^[A-Z]{2}[0-9]{10,11}W$")
    national = joined.str.replace(r"^([A-Z]{2}.*[0-9])[A-Z]$", "$1")
    prefixed = pl.when(national.str.contains(r"^[A-Z]{2}")).then(national).otherwise(office + national)
    return pl.when(is_pct).then(pct).otherwise(_without_chinese_check_digit(prefixed))


def _without_chinese_check_digit(number: pl.Expr) -> pl.Expr:
    return number.str.replace(r"^(?:CN|ZL|CNZL)([0-9]{12}|[0-9]{8})[0-9X]?$", "CN$1")


def priority_numbers(numbers: pl.Expr) -> pl.Expr:
    """A list column of priority numbers, canonical, distinct, sorted; null where empty."""
    element = pl.element()
    canonical = numbers.list.eval(application_number(element, pl.lit(""))).list.unique().list.sort()
    return pl.when(canonical.list.len() > 0).then(canonical)
