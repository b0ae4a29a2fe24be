"""Judge a frame against its table: what is accepted, and what is rejected with which reasons."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pandera.errors
import polars as pl

from schemas.errors import ContractError
from schemas.tables import Table, pandera_schema

# pandera switches all checks off when this is set; then every frame would pass.
_SWITCH = "PANDERA_VALIDATION_ENABLED"


@dataclass(frozen=True)
class Verdict:
    """`accepted`: rows that keep to the table.

    `rejected`: `row_index` (UInt32, position in the judged frame), `rule`, `reason`; one row per broken rule.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame

    @property
    def is_clean(self) -> bool:
        return self.rejected.is_empty()


REJECTED = {"row_index": pl.UInt32, "rule": pl.String, "reason": pl.String}


def judge(frame: pl.DataFrame, table: Table) -> Verdict:
    """Split `frame` into rows that keep to `table` and rows that do not.

    Takes an eager frame only: on a lazy one pandera checks names and types and lets every value pass.
    Raises ContractError when the frame as a whole is wrong (missing, extra or differently typed columns).
    """
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(
            f"judge takes an eager DataFrame, not {type(frame).__name__}: lazy frames are not checked by value"
        )
    if os.environ.get(_SWITCH, "true").lower() in ("0", "false"):
        raise ContractError(table.full_name, f"{_SWITCH} switches validation off", "validation on", f"unset {_SWITCH}")
    rejected = pl.concat([_broken_rules(frame, table), _repeated_keys(frame, table)])
    keep = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rejected["row_index"].implode()).not_()
    return Verdict(frame.filter(keep), rejected.sort("row_index", "rule"))


def require(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The frame itself when every row keeps to `table`; else ContractError with the first broken rules."""
    verdict = judge(frame, table)
    if verdict.is_clean:
        return frame
    first = verdict.rejected.row(0, named=True)
    raise ContractError(
        table.full_name,
        f"{verdict.rejected['row_index'].n_unique()} rows break rules; row {first['row_index']}: {first['reason']}",
        f"rule {first['rule']}",
    )


def _broken_rules(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    try:
        pandera_schema(table.full_name).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return _reasons(errors.failure_cases, frame, table)
    return pl.DataFrame(schema=REJECTED)


def _reasons(cases: pl.DataFrame, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    whole = cases.filter(pl.col("index").is_null())
    if not whole.is_empty():
        case = whole.row(0, named=True)
        raise ContractError(
            table.full_name,
            f"{case['check']} ({case['failure_case']})",
            "the declared columns and types in their order",
        )
    expectations = table.expectations()
    rule = pl.when(pl.col("check") == "not_nullable").then(pl.col("column") + "_missing").otherwise(pl.col("check"))
    return (
        cases.select(
            pl.col("index").cast(pl.UInt32).alias("row_index"),
            rule.alias("rule"),
            pl.col("failure_case").cast(pl.String).alias("found"),
        )
        .pipe(_name_the_columns_of_row_rules, frame, table)
        .with_columns(pl.col("rule").replace_strict(expectations, default=None).alias("expected"))
        .select(
            "row_index",
            "rule",
            pl.format(
                "found {}, expected {}",
                pl.col("found").fill_null("nothing").str.slice(0, 200),
                pl.col("expected").fill_null(pl.col("rule")),
            ).alias("reason"),
        )
        .unique(["row_index", "rule"], keep="first", maintain_order=True)
    )


def _name_the_columns_of_row_rules(cases: pl.DataFrame, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    # pandera gives the whole row as the failure of a row rule; a reader wants the columns that the rule is about.
    for rule in table.row_rules:
        broken = cases.filter(pl.col("rule") == rule.name)["row_index"]
        if not broken.is_empty():
            shown = frame.select(_shown(rule.columns)).to_series().gather(broken)
            cases = pl.concat([cases.filter(pl.col("rule") != rule.name), _cases_of(rule.name, broken, shown)])
    return cases


def _cases_of(rule: str, rows: pl.Series, found: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"row_index": rows, "rule": [rule] * len(rows), "found": found})


def _repeated_keys(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    return (
        frame.with_row_index("row_index")
        .filter(pl.struct(list(table.key)).is_first_distinct().not_())
        .select(
            "row_index",
            pl.lit("key_repeated").alias("rule"),
            pl.format("found {} a second time, expected one row per key", _shown(table.key)).alias("reason"),
        )
    )


def _shown(columns: tuple[str, ...]) -> pl.Expr:
    """`name=value` of several columns as one text. (struct.json_encode panics on filtered frames in polars 2.1.)"""
    values = [pl.format("{}={}", pl.lit(name), pl.col(name).cast(pl.String).fill_null("nothing")) for name in columns]
    return pl.concat_str(values, separator=", ")
