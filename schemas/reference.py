"""The reference tables: shipped CSV files of `schemas/reference/`, each row with its source, and the team's own beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from schemas.errors import ReferenceTableError
from schemas.tables import TABLES
from schemas.validation import require

FOLDER = Path(__file__).parent / "reference"
# The tables to which a team adds rows in its workspace under reference/, with the columns that its files need.
TEAM_TABLES = {
    "applicant_alias": ("applicant_id", "alias", "source"),
    "applicant_not_same": ("alias", "applicant_id", "reason"),
    "applicant_group": ("applicant_id", "group_id", "valid_from_date", "valid_to_date", "source"),
    "place_correction": (
        "publication_number", "province", "city", "district", "reviewer", "correction_date", "reason",
    ),
    "enterprise": ("enterprise_id", "name", "stage", "product", "province", "city", "district", "source"),
    "enterprise_alias": ("enterprise_id", "alias", "source"),
}  # fmt: skip


@cache
def shipped(name: str) -> pl.DataFrame:
    """One shipped reference table, every column String, empty cells null."""
    return _read(FOLDER / f"{name}.csv")


def with_team_rows(name: str, team_folder: Path | None) -> pl.DataFrame:
    """The shipped rows of `name` and, after them, those of the team's file of the same name, if there is one.

    Raises ReferenceTableError when the team's file lacks a column.
    """
    rows = shipped(name)
    return pl.concat([rows, team_rows(name, team_folder).select(rows.columns)])


def team_rows(name: str, team_folder: Path | None) -> pl.DataFrame:
    """The team's own rows of `name`, every column String; none where it has no such file.

    Raises ReferenceTableError when the file lacks a column.
    """
    path = team_folder / f"{name}.csv" if team_folder else None
    if path is None or not path.exists():
        return pl.DataFrame(schema=dict.fromkeys(TEAM_TABLES[name], pl.String))
    own = _read(path)
    missing = [column for column in TEAM_TABLES[name] if column not in own.columns]
    if missing:
        raise ReferenceTableError(
            f"reference/{path.name}",
            f"no column {', '.join(missing)}",
            f"the columns {', '.join(TEAM_TABLES[name])}",
            "add the column; it may be empty",
        )
    return own.select(TEAM_TABLES[name])


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise ReferenceTableError(path.name, str(error).splitlines()[0], "a UTF-8 CSV table") from error


def office_table() -> pl.DataFrame:
    """core.office."""
    table = TABLES["core.office"]
    is_true = [(pl.col(name) == "true").alias(name) for name in ("is_ip5", "is_national")]
    return require(shipped("office").with_columns(is_true).select(table.columns), table)


@cache
def region_table() -> pl.DataFrame:
    """core.region."""
    table = TABLES["core.region"]
    dates = [pl.col(name).str.to_date("%Y-%m-%d", strict=True) for name in ("valid_from_date", "valid_to_date")]
    flags = [(pl.col(name) == "true").alias(name) for name in ("is_in_2020", "is_in_2023")]
    return require(shipped("region").with_columns(*dates, *flags).select(table.columns), table)


def policy_table() -> pl.DataFrame:
    """core.policy: table 1 of the seed report, its doubtful rows flagged and not mended."""
    table = TABLES["core.policy"]
    return require(shipped("policy").select(table.columns), table)


def chain_node_table() -> pl.DataFrame:
    """core.chain_node: the boxes of the industry-chain map."""
    table = TABLES["core.chain_node"]
    rows = shipped("chain_node").with_columns(pl.col("branches").str.split(";"))
    return require(rows.select(table.columns), table)


def enterprise_tables(team_folder: Path | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Enterprises (one row each, the codes of core.enterprise still to be resolved) and core.enterprise_stage."""
    rows = with_team_rows("enterprise", team_folder)
    enterprises = (
        rows.rename({"name": "enterprise_name"})
        .select("enterprise_id", "enterprise_name", "province", "city", "district", "source")
        .unique("enterprise_id", keep="first", maintain_order=True)
    )
    stages = (
        rows.filter(pl.col("stage").is_not_null())
        .rename({"stage": "chain_stage"})
        .with_columns(pl.col("product").fill_null(""))
        .select(TABLES["core.enterprise_stage"].columns)
        .unique(["enterprise_id", "chain_stage", "product"], keep="first", maintain_order=True)
    )
    return enterprises, require(stages, TABLES["core.enterprise_stage"])
