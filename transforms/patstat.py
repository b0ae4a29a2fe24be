"""PATSTAT: the tables of one extract (tls201, tls211 and others as CSV, in one folder or zip) joined to a table of publications."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import polars as pl

from schemas.errors import UnreadableFileError
from transforms.lists import IN_LISTS
from transforms.readers.containers import open_container
from transforms.tabular import ROW_NUMBER, HeaderNotFoundError, RawTable, read_table

# Table -> the columns that are taken from it. tls211 has the publications; each further table hangs on the filing or the person.
COLUMNS = {
    "tls201": (
        "appln_id", "appln_auth", "appln_nr", "appln_kind", "appln_filing_date", "earliest_filing_date", "docdb_family_id",
        "docdb_family_size",
    ),
    "tls202": ("appln_id", "appln_title"),
    "tls203": ("appln_id", "appln_abstract"),
    "tls206": ("person_id", "person_name"),
    "tls207": ("appln_id", "person_id", "applt_seq_nr", "invt_seq_nr"),
    "tls209": ("appln_id", "ipc_class_symbol"),
    "tls211": ("appln_id", "publn_auth", "publn_nr", "publn_kind", "publn_date"),
    "tls224": ("appln_id", "cpc_class_symbol"),
}  # fmt: skip
REQUIRED = frozenset({"tls201", "tls211"})
HEADER = (
    "publication", "publn_date", "application", "appln_filing_date", "earliest_filing_date", "docdb_family_id", "docdb_family_size",
    "appln_title", "appln_abstract", "applicants", "inventors", "ipc_class_symbol", "cpc_class_symbol",
)  # fmt: skip
_TABLE = re.compile(r"(?i)(?:^|[/\\])(tls2[0-9]{2})(?:_[^/\\]*)?\.(?:csv|txt)$")


def table_of(name: str) -> str | None:
    """Which of the tables the file of this name holds, or a part of (`tls201_part02.csv`)."""
    found = _TABLE.search(name)
    table = found[1].lower() if found else None
    return table if table in COLUMNS else None


def are_tables(names: Iterable[str]) -> bool:
    """Whether files of these names are tables that can be joined."""
    return {table_of(name) for name in names} >= REQUIRED


def is_zip_of_tables(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return are_tables(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False  # damaged: what is wrong is told where it is opened


def read_patstat(path: Path, name: str, encoding: str | None = None) -> RawTable:
    """One row per record of tls211 with the columns of HEADER; values of several rows marked as of a list (`transforms/lists.py`).

    Blank and ragged records are those of tls211, and `counted` counts its records; of the other tables `remarks` tell what was left
    out. Raises UnreadableFileError naming the member, ArchiveError, ReadingLimitError.
    """
    parts: dict[str, list[RawTable]] = {}
    with tempfile.TemporaryDirectory(prefix="patnav-tables-") as folder:
        for member in open_container(path, name, Path(folder)):
            table = table_of(member.name.rpartition("!")[2])
            if table is None:
                continue
            if member.fault is not None:
                raise member.fault
            parts.setdefault(table, []).append(_part(member.path, member.name, table, encoding))
            member.path.unlink()
    return _publications({table: _whole(table, each) for table, each in parts.items()}, name)


def _part(path: Path, name: str, table: str, encoding: str | None) -> RawTable:
    needed = set(COLUMNS[table])
    try:
        return read_table(path, name, lambda cells: needed <= {_column(cell) for cell in cells}, encoding=encoding)
    except HeaderNotFoundError as error:
        shown = ", ".join(error.cells[:12])
        raise UnreadableFileError(
            name, f"a header without all columns of {table}: {shown}", ", ".join(COLUMNS[table]), "extract it again"
        ) from error


def _column(cell: str | None) -> str:
    return (cell or "").strip().lower()


def _whole(table: str, parts: list[RawTable]) -> RawTable:
    """The parts of a table as one, its records numbered on from part to part, with the columns that are taken, by name."""
    rows, ragged, before = [], [], 0
    for part in parts:
        position = {_column(cell): f"c{index}" for index, cell in enumerate(part.header)}
        taken = [pl.col(position[column]).str.strip_chars().alias(column) for column in COLUMNS[table]]
        rows.append(part.rows.select(pl.col(ROW_NUMBER) + before, *taken))
        ragged += [(number + before, found, raw) for number, found, raw in part.ragged]
        if part.rows.height + len(part.ragged) + part.blank != part.counted:
            raise UnreadableFileError(table, f"{part.counted} records by one count and others by another", "the same")
        before += part.counted
    remarks = tuple(dict.fromkeys(f"{table}: {remark}" for part in parts for remark in part.remarks))
    return replace(
        parts[0],
        header=COLUMNS[table],
        rows=pl.concat(rows),
        ragged=tuple(ragged),
        blank=sum(part.blank for part in parts),
        counted=sum(part.counted for part in parts),
        remarks=remarks,
    )


def _publications(tables: dict[str, RawTable], name: str) -> RawTable:
    main = tables["tls211"]
    filings = _once(tables["tls201"], "appln_id", name)
    joined = main.rows.join(filings, on="appln_id", how="left", validate="m:1", maintain_order="left")
    joined = joined.with_columns(
        _text_of("publication", "publn_auth", "publn_nr", "publn_kind"),
        _text_of("application", "appln_auth", "appln_nr", "appln_kind"),
    )
    for each in _of_filings(tables, name):
        joined = joined.join(each, on="appln_id", how="left", validate="m:1", maintain_order="left")
    absent = [pl.lit(None, pl.String).alias(column) for column in HEADER if column not in joined.columns]
    rows = joined.with_columns(absent).select(ROW_NUMBER, *HEADER)
    rows = rows.rename({column: f"c{index}" for index, column in enumerate(HEADER)})
    return replace(main, header=HEADER, rows=rows, remarks=_remarks(tables, filings))


def _once(table: RawTable, key: str, name: str) -> pl.DataFrame:
    rows = table.rows.drop(ROW_NUMBER)
    twice = rows.filter(pl.col(key).is_duplicated())
    if twice.height:
        raise UnreadableFileError(
            name,
            f"{key} {twice[key][0]} twice in the table {', '.join(table.header[:3])}, …",
            "each once",
            "extract it again",
        )
    return rows


def _text_of(column: str, office: str, number: str, kind: str) -> pl.Expr:
    """Office, number and kind with blanks between them, null without a number."""
    stated = pl.col(number).is_not_null() & (pl.col(number) != "")
    return (
        pl.when(stated)
        .then(pl.concat_str(office, number, pl.col(kind).fill_null(""), separator=" ").str.strip_chars())
        .alias(column)
    )


def _of_filings(tables: dict[str, RawTable], name: str) -> list[pl.DataFrame]:
    """What the other tables say of each filing: one row per `appln_id` each."""
    found = [_once(tables[table], "appln_id", name) for table in ("tls202", "tls203") if table in tables]
    for table, column in (("tls209", "ipc_class_symbol"), ("tls224", "cpc_class_symbol")):
        if table in tables:
            found.append(_listed(tables[table].rows, column, column))
    if {"tls206", "tls207"} <= tables.keys():
        persons = _once(tables["tls206"], "person_id", name)
        named = tables["tls207"].rows.join(persons, on="person_id", how="left", validate="m:1", maintain_order="left")
        for column, place in (("applicants", "applt_seq_nr"), ("inventors", "invt_seq_nr")):
            numbered = named.with_columns(pl.col(place).cast(pl.Int32, strict=False))
            found.append(_listed(numbered.filter(pl.col(place) > 0).sort(place), "person_name", column))
    return found


def _listed(rows: pl.DataFrame, value: str, column: str) -> pl.DataFrame:
    marked = IN_LISTS + pl.col(value).str.replace_all(IN_LISTS, " ", literal=True)
    return rows.group_by("appln_id", maintain_order=True).agg(marked.drop_nulls().str.join("").alias(column))


def _remarks(tables: dict[str, RawTable], filings: pl.DataFrame) -> tuple[str, ...]:
    told = [remark for table in sorted(tables) for remark in tables[table].remarks]
    for table in sorted(tables.keys() - {"tls211"}):
        if tables[table].ragged:
            told.append(f"{table}: {len(tables[table].ragged)} records of another number of fields were left out")
    alone = tables["tls211"].rows.join(filings, on="appln_id", how="anti").height
    if alone:
        told.append(f"tls211: {alone} publications whose filing is not in tls201")
    missing = [table for table in COLUMNS if table not in tables]
    if missing:
        told.append(f"without {', '.join(missing)}")
    return tuple(told)
