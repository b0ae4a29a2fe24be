"""Applicant names to harmonised applicants: fold, look up the alias table, never merge what it does not name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polars as pl

from schemas.reference import shipped, with_team_rows
from transforms.texts import fold

# Legal forms say how a company is registered, not who it is. Longest first, so that 股份有限公司 goes before 有限公司.
_LEGAL_FORMS_HAN = (
    "股份有限公司", "有限责任公司", "有限公司", "集团公司", "股份公司", "公司", "株式会社", "有限会社", "合同会社",
)  # fmt: skip
_LEGAL_FORMS_HANGUL = ("주식회사", "유한회사", "유한책임회사")
_LEGAL_FORMS_LATIN = frozenset(
    ("ag", "bv", "co", "corp", "corporation", "company", "gmbh", "inc", "incorporated", "kg", "kk", "kabushiki", "kaisha",
     "limited", "llc", "llp", "lp", "ltd", "nv", "oy", "plc", "pte", "pty", "sa", "sarl", "se", "spa", "srl")
)  # fmt: skip
_SEAT_OF_FOREIGNER = re.compile(r"^[美日德法英韩荷]商|^南韩商|^韩国商")
_DATED_OWNER = re.compile(r"\s*\(\d{4}-\d{2}-\d{2}\)\s*$")
_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")

_TYPE_PATTERNS = (
    (
        "university",
        r"(?i)大学|大學|学院|學院|高等专科|université|universi|\buniv\b|college|school of|institute of technology|대학교|산학협력단",
    ),
    (
        "institute",
        r"(?i)研究所|研究院|研究中心|实验室|實驗室|科学院|\binst\b|institut|laborator|\bnational lab|fraunhofer|연구원|연구소",
    ),
    (
        "government",
        r"(?i)委员会$|人民政府|管理局$|ministry|\bsecretary of\b|government|\bus army\b|\bus navy\b|\bagency for\b",
    ),
    (
        "company",
        r"(?i)公司|株式会社|有限会社|会社$|企业|集团|厂$|银行|주식회사|\b(?:inc|corp|corporation|company|co|ltd|limited|llc|llp|lp|gmbh|ag|kg|nv|bv|"
        r"sa|se|plc|oy|ab|spa|srl|sarl|kk|pte|pty|technologies|systems|holdings|group|industries|electronics|semiconductor)\b",
    ),
)
_PERSON = r"^[\u4e00-\u9fff·]{2,4}$|^[A-Z][\w'’\-]+,\s+[A-Z]"


@cache
def name_key(name: str) -> str:
    """What two spellings of one applicant share: scripts, case, brackets, blanks and legal forms folded away."""
    folded = fold(_DATED_OWNER.sub("", name)).lower().replace(".", "")
    words = [word for word in _WORD.findall(folded) if word not in _LEGAL_FORMS_LATIN]
    key = "".join(words) or "".join(_WORD.findall(folded))
    if _HAN.search(key):
        key = _SEAT_OF_FOREIGNER.sub("", key)
    return _without_legal_form(key, _LEGAL_FORMS_HAN + _LEGAL_FORMS_HANGUL)


def _without_legal_form(key: str, forms: tuple[str, ...]) -> str:
    for form in forms:
        stripped = key.removeprefix(form).removesuffix(form)
        if stripped != key and len(stripped) >= 2:
            return stripped
    return key


def alias_keys(team_folder: Path | None = None) -> pl.DataFrame:
    """`name_key`, `applicant_id`: the alias table by folded key, without the pairs that must not be merged.

    A key that two applicants claim belongs to neither.
    """
    aliases = with_team_rows("applicant_alias", team_folder).select("alias", "applicant_id")
    own_names = shipped("applicant").select(pl.concat_list("applicant_name", "name_en").alias("alias"), "applicant_id")
    pairs = pl.concat([aliases, own_names.explode("alias")]).drop_nulls()
    forbidden = shipped("applicant_not_same").select("alias", "applicant_id")
    keyed = _keyed(pairs).join(_keyed(forbidden), on=["name_key", "applicant_id"], how="anti").unique()
    return keyed.filter(pl.col("name_key").is_unique()).sort("name_key")


def _keyed(pairs: pl.DataFrame) -> pl.DataFrame:
    keys = pl.Series("name_key", [name_key(alias) for alias in pairs["alias"]], pl.String)
    return pairs.select(keys, "applicant_id")


def harmonise(names: pl.Series, team_folder: Path | None = None) -> pl.DataFrame:
    """Distinct `name_as_filed` -> `applicant_id`, `applicant_name`, `name_en`, `group_id`, `applicant_type`, `country`.

    An applicant that the tables do not name keeps its own most frequent spelling; its id is its folded key.
    """
    counted = names.drop_nulls().value_counts(name="rows").rename({names.name: "name_as_filed"})
    keyed = counted.with_columns(
        pl.Series("name_key", [name_key(name) for name in counted["name_as_filed"]], pl.String)
    )
    known = shipped("applicant").select(
        "applicant_id", "applicant_name", "name_en", "group_id", "applicant_type", "country"
    )
    spelling = (
        keyed.sort("rows", "name_as_filed", descending=[True, False])
        .group_by("name_key", maintain_order=True)
        .agg(pl.col("name_as_filed").first().alias("spelling"))
    )
    return (
        keyed.join(alias_keys(team_folder), on="name_key", how="left", validate="m:1")
        .join(spelling, on="name_key", how="left", validate="m:1")
        .with_columns(pl.coalesce("applicant_id", pl.format("name:{}", "name_key")).alias("applicant_id"))
        .join(known, on="applicant_id", how="left", validate="m:1")
        .select(
            "name_as_filed",
            "applicant_id",
            pl.coalesce("applicant_name", "spelling").alias("applicant_name"),
            "name_en",
            pl.coalesce("group_id", "applicant_id").alias("group_id"),
            pl.coalesce("applicant_type", _told_type(pl.col("spelling"))).alias("applicant_type"),
            "country",
        )
        .sort("name_as_filed")
    )


def _told_type(name: pl.Expr) -> pl.Expr:
    told = pl.when(name.is_null()).then(pl.lit("unknown"))
    for applicant_type, pattern in _TYPE_PATTERNS:
        told = told.when(name.str.contains(pattern)).then(pl.lit(applicant_type))
    return told.when(name.str.contains(_PERSON)).then(pl.lit("person")).otherwise(pl.lit("unknown"))
