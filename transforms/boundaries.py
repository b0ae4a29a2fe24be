"""Districts under the boundaries of one year: what was there in 2020, what is there since 2023, whichever the address names.

A region that went whole into another has its successor. One that was split (余杭, 江干 and 萧山 in 2021) is told by the street
of the address; where that is not known the district counts with the main part, and `boundary_basis` says so.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl

from schemas.reference import region_table, shipped

# 国函〔2021〕27号: the day on which 余杭 and 萧山 lost their eastern streets under unchanged names.
CHANGED_ON = date(2021, 4, 9)
_STREET = r"^(.{2,4}?)(?:街道|镇|乡)"
_BASES = ("unchanged", "street", "successor", "main_successor")
# 钱塘 was made of parts of two districts; the larger by inhabitants (census of 2020) is 江干's.
_MAIN_PREDECESSOR = {"330114": "330104"}


def with_vintages(placed: pl.DataFrame) -> pl.DataFrame:
    """Adds `district_code_2020`, `district_code_2023`, `boundary_basis` (null where there is no district).

    Takes `district_code`, `_rest` (the address after the district), `filing_date`, `filing_year`.
    """
    street = pl.col("_rest").str.extract(_STREET, 1)
    is_after = pl.coalesce(pl.col("filing_date") >= CHANGED_ON, pl.col("filing_year") > CHANGED_ON.year).fill_null(
        False
    )
    joined = placed.with_columns(street.alias("_street"), is_after.alias("_is_after"))
    for year in ("2020", "2023"):
        joined = joined.join(_by_rule(year), on="district_code", how="left", validate="m:1", maintain_order="left")
    # A name gone before 2020 (余杭市) is looked up under what it was in 2020.
    for year, other in (("2020", "2023"), ("2023", "2020")):
        told = _streets().select(
            "_street",
            pl.col(f"district_{other}").alias(f"_rule_{other}"),
            pl.col(f"district_{year}").alias(f"_told_{year}"),
        )
        joined = joined.join(told, on=[f"_rule_{other}", "_street"], how="left", validate="m:1", maintain_order="left")
    by_street = pl.any_horizontal(pl.col("_told_2020", "_told_2023").is_not_null())
    return joined.with_columns(
        pl.coalesce("_told_2020", "_rule_2020").alias("district_code_2020"),
        pl.coalesce("_told_2023", "_rule_2023").alias("district_code_2023"),
        pl.when(pl.col("district_code").is_null())
        .then(None)
        .when(by_street)
        .then(pl.lit("street"))
        .otherwise(_worse())
        .alias("boundary_basis"),
    )


def _worse() -> pl.Expr:
    """Of the two ways, the less sure; a split district named after the change needs no guess about today."""
    rank = {basis: at for at, basis in enumerate(_BASES)}
    after = pl.when(pl.col("_is_after") & (pl.col("_rule_2023") == pl.col("district_code"))).then(pl.lit("unchanged"))
    today = after.otherwise("_basis_2023").replace_strict(rank, default=0, return_dtype=pl.Int8)
    before = pl.col("_basis_2020").replace_strict(rank, default=0, return_dtype=pl.Int8)
    worse = pl.max_horizontal(today, before)
    return worse.replace_strict(dict(enumerate(_BASES)), return_dtype=pl.String)


@cache
def _streets() -> pl.DataFrame:
    """`_street` without 街道 or 镇, `district_2020`, `district_2023`."""
    return shipped("region_street").select(
        pl.col("street").str.replace("(?:街道|镇|乡)$", "").alias("_street"), "district_2020", "district_2023"
    )


@cache
def _by_rule(year: str) -> pl.DataFrame:
    """`district_code` -> `_rule_<year>`, `_basis_<year>`: the district of that year by successors alone."""
    districts = region_table().filter(pl.col("region_level") == "district")
    forward = dict(
        districts.filter(pl.col("successor_code").is_not_null()).select("region_code", "successor_code").rows()
    )
    rule_of = {"2020": _in_2020, "2023": _in_2023}[year]
    existing = set(districts.filter(f"is_in_{year}")["region_code"])
    found = [(code, *rule_of(code, forward, existing)) for code in districts["region_code"]]
    return pl.DataFrame(
        found,
        schema={"district_code": pl.String, f"_rule_{year}": pl.String, f"_basis_{year}": pl.String},
        orient="row",
    )


@cache
def _district_pairs() -> tuple[tuple[str, str], ...]:
    """(district of 2020, district of 2023) of every street that is told apart; small enough to look through."""
    return tuple(sorted(set(_streets().select("district_2020", "district_2023").rows())))


def _names_of_2023(code: str) -> list[str]:
    return [after for before, after in _district_pairs() if before == code]


def _names_of_2020(code: str) -> list[str]:
    return [before for before, after in _district_pairs() if after == code]


def _is_parted(code: str) -> bool:
    return len(_names_of_2023(code)) > 1


def _in_2023(code: str, forward: dict[str, str], existing: set[str]) -> tuple[str, str]:
    basis = "main_successor" if _is_parted(code) else "unchanged"
    while code not in existing and code in forward:
        code = forward[code]
        basis = "main_successor" if basis == "main_successor" or _is_parted(code) else "successor"
    return code, basis


def _in_2020(code: str, forward: dict[str, str], existing: set[str]) -> tuple[str, str]:
    """Forwards from what was gone by then; backwards from what came later, to its only or its main predecessor."""
    if code in existing:
        return code, _basis_of_a_lasting_name(code)
    gone = code
    while gone not in existing and gone in forward:
        gone = forward[gone]
    if gone in existing:
        return gone, "successor"
    before = _names_of_2020(code) or sorted(
        older for older, newer in forward.items() if newer == code and older in existing
    )
    if not before:
        return code, "unchanged"
    main = _MAIN_PREDECESSOR.get(code, before[-1])
    return main, "successor" if len(before) == 1 else "main_successor"


def _basis_of_a_lasting_name(code: str) -> str:
    """Under 上城 of today stand streets that were 江干's: without the street, 2020 is a guess."""
    return "main_successor" if any(before != code for before in _names_of_2020(code)) else "unchanged"
