"""Expert decisions: read from the team's decision.csv, they overrule the rules at every refresh and are kept beside what the rules said."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from schemas.branches import Taxonomy
from schemas.columns import DECISIONS
from schemas.errors import ReferenceTableError
from schemas.tables import TABLES
from transforms.dates import parsed
from transforms.numbers import publication_number, publication_parts

FILE = "decision.csv"
COLUMNS = ("publication_number", "branch", "decision", "reviewer", "decision_date", "reason")
_DECISION = TABLES["core.review_decision"]
_TOLD = ("application_id", "rule_level")


def read_decisions(team_folder: Path | None, taxonomy: Taxonomy) -> pl.DataFrame:
    """The team's decisions, the latest per publication and branch; typed as core.review_decision, without what the data tell.

    Raises ReferenceTableError naming the line and value that cannot be used.
    """
    path = team_folder / FILE if team_folder else None
    if path is None or not path.exists():
        return _DECISION.empty().drop(_TOLD)
    return checked_decisions(pl.read_csv(path, infer_schema=False), taxonomy, f"reference/{FILE}")


def checked_decisions(rows: pl.DataFrame, taxonomy: Taxonomy, where: str) -> pl.DataFrame:
    """Rows of text with COLUMNS to decisions. The line numbers of errors count the header as line 1."""
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise ReferenceTableError(where, f"no column {missing[0]}", f"the columns {', '.join(COLUMNS)}", "add it")
    number = publication_number(publication_parts(pl.col("publication_number")))
    typed = rows.select(
        number.alias("publication_number"),
        pl.col("branch").str.strip_chars(),
        pl.col("decision").str.strip_chars().str.to_lowercase(),
        pl.col("reviewer").str.strip_chars(),
        parsed(pl.col("decision_date"), "year_month_day").alias("decision_date"),
        "reason",
    )
    known = [branch.id for branch in taxonomy.branches]
    _require(where, rows, "publication_number", typed["publication_number"].is_not_null(), "a publication number")
    _require(where, rows, "branch", typed["branch"].is_in(known), f"one of {', '.join(known)}")
    _require(where, rows, "decision", typed["decision"].is_in(list(DECISIONS)), f"one of {', '.join(DECISIONS)}")
    _require(where, rows, "reviewer", typed["reviewer"].is_not_null(), "who decided")
    _require(where, rows, "decision_date", typed["decision_date"].is_not_null(), "a day, like 2024-06-30")
    latest = typed.sort("decision_date", maintain_order=True).unique(
        ["publication_number", "branch"], keep="last", maintain_order=True
    )
    return latest.select(_DECISION.empty().drop(_TOLD).columns)


def _require(where: str, rows: pl.DataFrame, column: str, is_good: pl.Series, expected: str) -> None:
    bad = is_good.fill_null(False).not_().arg_true()
    if len(bad):
        found = rows[column][int(bad[0])]
        raise ReferenceTableError(f"{where}, line {int(bad[0]) + 2}", f"{column} {found!r}", expected, "mend the line")


def in_force(decisions: pl.DataFrame) -> pl.DataFrame:
    """Of decisions with their `application_id` (applications.with_filing) those that stand: of several on a filing, the latest.

    A decision on any publication of a filing is one on the filing. One on a publication that the data do not hold waits.
    """
    return (
        decisions.filter(pl.col("application_id").is_not_null())
        .sort("decision_date", "publication_number")
        .unique(["application_id", "branch"], keep="last", maintain_order=True)
    )


def overrule(labels: pl.DataFrame, standing: pl.DataFrame | None, taxonomy: Taxonomy) -> pl.DataFrame:
    """core.application_branch: what the rules say, with the decisions `in_force` on these filings. They stand in the evidence."""
    if standing is None or standing.is_empty():
        return labels
    kept = labels.join(standing, on=["application_id", "branch"], how="anti")
    decided = _decided_labels(labels, standing, taxonomy)
    return _with_primary(pl.concat([kept, decided]), standing["application_id"], taxonomy)


def with_rule_level(decisions: pl.DataFrame, by_rule: pl.DataFrame) -> pl.DataFrame:
    """core.review_decision: decisions with their `application_id`, beside what the rules said (`by_rule`: labels)."""
    levels = by_rule.select("application_id", "branch", pl.col("level").alias("rule_level"))
    return decisions.join(levels, on=["application_id", "branch"], how="left", validate="m:1").select(_DECISION.columns)


def _decided_labels(labels: pl.DataFrame, standing: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    evidence = pl.struct(
        pl.lit("decision").alias("kind"),
        pl.format("{} by {} on {}", "decision", "reviewer", "decision_date").alias("value"),
        pl.lit(FILE).alias("field"),
        pl.lit(0, pl.Int32).alias("position"),
    )
    return (
        standing.filter(pl.col("decision") != "none")
        .join(
            labels.select("application_id", "branch", "score", "evidence"),
            on=["application_id", "branch"],
            how="left",
            validate="1:1",
        )
        .select(
            "application_id",
            "branch",
            pl.col("decision").alias("level"),
            pl.col("score").fill_null(0.0),
            pl.lit(False).alias("is_primary"),
            pl.concat_list(evidence, pl.col("evidence").fill_null([])).alias("evidence"),
            pl.lit(taxonomy.version).alias("taxonomy_version"),
        )
        .select(labels.columns)
        .cast(dict(labels.schema))
    )


def _with_primary(labels: pl.DataFrame, applications: pl.Series, taxonomy: Taxonomy) -> pl.DataFrame:
    """The primary branch chosen anew where a decision has changed the labels: best score among core, else among related."""
    priority = {branch.id: branch.priority for branch in taxonomy.branches}
    touched = pl.col("application_id").is_in(applications.unique().implode())
    ranked = (
        labels.filter(touched & (pl.col("level") != "candidate"))
        .with_columns(pl.col("branch").replace_strict(priority, return_dtype=pl.Int32).alias("_priority"))
        .sort("application_id", "level", "score", "_priority", "branch", descending=[False, False, True, False, False])
        .unique("application_id", keep="first", maintain_order=True)
        .select("application_id", pl.col("branch").alias("_primary"))
    )
    return (
        labels.join(ranked, on="application_id", how="left", validate="m:1")
        .with_columns(
            pl.when(touched)
            .then((pl.col("branch") == pl.col("_primary")).fill_null(False))
            .otherwise(pl.col("is_primary"))
            .alias("is_primary")
        )
        .drop("_primary")
    )
