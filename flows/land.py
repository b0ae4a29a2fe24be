"""Take the files of the inbox in: bytes to `raw/` under their hash, rows to landed Parquet. One file's fault stops no other."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import polars as pl

from flows.checkpoints import reached
from flows.pulled import pulled_files
from flows.sources import Sources, read_sources
from flows.whole_files import apart
from flows.workspace import DROPPINGS, Workspace
from schemas.errors import PatnavError, ReadingDiedError, StorageError, UnknownExportError, WorkspaceError
from schemas.tables import TABLES
from schemas.validation import require
from transforms.landed_texts import TEXTS, LandedTexts, places_of
from transforms.landing import land
from transforms.patstat import are_tables, is_zip_of_tables, table_of
from transforms.readers.containers import is_container, open_container
from transforms.row_corrections import key_of_corrections, log_of, of_file, of_table, read_row_corrections
from transforms.tabular import SeveralTablesError
from warehouse.flushing import flush

LANDED, UNREADABLE, UNKNOWN, REFUSED = "landed", "unreadable", "unknown_export", "refused"
OVER_LIMIT = "over_quarantine_limit"
# Of a handful of records one bad one is a large share, and no sign that the file as a whole was misread.
LEAST_OVER_LIMIT = 10


@dataclass(frozen=True)
class SourceFile:
    """One file of the inbox, or one member of an archive there (`archive.zip!member.csv`).

    `path` is relative to the inbox; `source_file_id` tells two files of the same bytes apart. `fault`: why an archive or a member
    gave no bytes to read; `sha256` and `bytes` are then the archive's.
    """

    source_file_id: str
    path: str
    sha256: str
    bytes: int
    fault: str | None = None


@dataclass(frozen=True)
class LandedFile:
    """What became of one file. `folder` holds rows.parquet, rejected.parquet and corrected.parquet where its rows were read."""

    source: SourceFile
    folder: str
    status: str
    reason: str | None
    export: str | None
    rows_in: int
    accepted: int
    quarantined: int
    blank: int
    unmapped_columns: tuple[str, ...]
    synthetic_rows: int
    header_drift: tuple[str, ...]
    is_probably_cut_off: bool
    remarks: tuple[str, ...]
    precedence: int
    header: tuple[str, ...]

    @property
    def is_landed(self) -> bool:
        return self.status == LANDED

    @property
    def rows(self) -> pl.DataFrame:
        return self._read("rows.parquet")

    def columns(self, *names: str) -> pl.DataFrame:
        """Some columns of the rows alone."""
        return pl.read_parquet(Path(self.folder) / "rows.parquet", columns=list(names))

    @property
    def rejected(self) -> pl.DataFrame:
        return self._read("rejected.parquet")

    @property
    def corrected(self) -> pl.DataFrame:
        """Which of the team's repairs found their cells here."""
        return self._read("corrected.parquet")

    def _read(self, name: str) -> pl.DataFrame:
        # The landed rows are kept by content; which file of the inbox they came from is said here.
        source = pl.lit(self.source.source_file_id).alias("source_file_id")
        return pl.read_parquet(Path(self.folder) / name).with_columns(source)


def take_in(workspace: Workspace) -> list[SourceFile]:
    """Copy every inbox file to `raw/<sha256>` (once), the members of archives instead of these, and list them by path.

    After them come the files that sources gave, which lie in `raw/` already, as `<source>/<name>`, as if they lay in a
    folder of the inbox.
    """
    found: list[SourceFile] = []
    seen: dict[str, int] = {}
    _remove_unfinished(workspace.raw)
    for name, size, sha256, fault in (*_bytes_of_inbox(workspace), *_bytes_of_pulled(workspace)):
        seen[sha256] = seen.get(sha256, 0) + 1
        suffix = f"-{seen[sha256]}" if seen[sha256] > 1 else ""
        found.append(SourceFile(sha256[:16] + suffix, name, sha256, size, fault))
    return found


def _bytes_of_inbox(workspace: Workspace) -> Iterator[tuple[str, int, str, str | None]]:
    for path, members in sources_in(workspace.inbox):
        relative = _readable(path.relative_to(workspace.inbox).as_posix())
        if members:
            yield from _bytes_of_tables(members, relative, workspace.raw)
        else:
            yield from _bytes_of(path, relative, workspace.raw)


def _readable(name: str) -> str:
    """A file's name as it was written: archives of Chinese Windows leave names in GB 18030 on disks where UTF-8 is meant."""
    written = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return written.decode(encoding)
    return written.decode("utf-8", errors="backslashreplace")


def _bytes_of_pulled(workspace: Workspace) -> Iterator[tuple[str, int, str, str | None]]:
    for source_id, file in pulled_files(workspace):
        path, name = workspace.raw / file.sha256, f"{source_id}/{file.name}"
        if path.exists():
            yield from _bytes_of(path, name, workspace.raw)
        else:
            yield name, file.bytes, file.sha256, f"{name}: its bytes are gone from raw/; run: patnav pull {source_id}"


def _bytes_of(path: Path, relative: str, raw: Path) -> Iterator[tuple[str, int, str, str | None]]:
    """Name, size, sha256 and fault of what the file gives to read: itself, or each member of the archive that it is."""
    if not is_container(path, relative) or is_zip_of_tables(path):
        yield relative, path.stat().st_size, _keep(path, raw), None
        return
    raw.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=raw) as folder:
        try:
            for member in open_container(path, relative, Path(folder)):
                if member.fault is not None:
                    yield member.name, path.stat().st_size, _keep(path, raw), str(member.fault)
                    continue
                yield member.name, member.path.stat().st_size, _keep(member.path, raw), None
                member.path.unlink()
        except PatnavError as error:
            yield relative, path.stat().st_size, _keep(path, raw), str(error)


def sources_in(inbox: Path) -> list[tuple[Path, list[Path]]]:
    """Files of the inbox, sorted, and folders of tables that are one source, each with the files that it has of them."""
    tables: dict[Path, list[Path]] = {}
    for path in sorted(inbox_files(inbox)):
        if table_of(path.name):
            tables.setdefault(path.parent, []).append(path)
    joined = {folder: files for folder, files in tables.items() if are_tables(file.name for file in files)}
    taken = {file for files in joined.values() for file in files}
    alone = [(path, []) for path in inbox_files(inbox) if path not in taken]
    return sorted([*alone, *joined.items()])


def _bytes_of_tables(files: list[Path], relative: str, raw: Path) -> Iterator[tuple[str, int, str, str | None]]:
    """The tables of a folder as one archive, whose bytes depend on theirs and their names alone."""
    raw.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".packed-", dir=raw) as folder:
        packed = Path(folder) / "tables.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for file in files:
                with (
                    file.open("rb") as source,
                    archive.open(zipfile.ZipInfo(file.name), "w", force_zip64=True) as target,
                ):
                    shutil.copyfileobj(source, target, 1 << 20)
        yield "tls*" if relative == "." else f"{relative}/tls*", packed.stat().st_size, _keep(packed, raw), None


def inbox_files(inbox: Path) -> list[Path]:
    """Every file below the inbox but the droppings of editors and systems."""
    return [path for path in inbox.rglob("*") if path.is_file() and not path.name.startswith(DROPPINGS)]


def _keep(path: Path, raw: Path) -> str:
    """The file's sha256; its bytes are in `raw/` afterwards, copied and renamed so that `raw/` never shows half a file."""
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    kept = raw / sha256
    if kept.exists():
        return sha256
    raw.mkdir(parents=True, exist_ok=True)
    part = raw / f".{os.getpid()}.taking"
    digest = hashlib.sha256()
    with path.open("rb") as source, part.open("wb") as target:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if digest.hexdigest() != sha256:
        part.unlink()
        raise WorkspaceError(
            str(path), "it changed while it was taken in", "a file at rest", "refresh again when it is whole"
        )
    os.chmod(part, 0o444)
    reached("raw_copied")
    os.replace(part, kept)
    reached("raw_kept")
    return sha256


def _remove_unfinished(raw: Path) -> None:
    """What a killed refresh had begun to copy or to unpack; there is only one at a time. Parts of downloads are kept: they are resumed."""
    for folder in (*raw.glob(".unpacked-*"), *raw.glob(".packed-*")):
        shutil.rmtree(folder)
    for part in raw.glob(".*.taking"):
        part.unlink()


def land_file(
    workspace: Workspace, source: SourceFile, code: str, is_sample: bool, quarantine_limit: float = 1.0
) -> list[LandedFile]:
    """Land one file, or take up what the same bytes and the same code gave before.

    `quarantine_limit`: a file of whose records a larger share is set aside is not taken (see LEAST_OVER_LIMIT).
    One landed file, but for a workbook whose sheets hold tables of different headers: each of those is one of its own.
    Raises StorageError where there is no room for what is read.
    """
    if source.fault is not None:
        return [LandedFile(source=source, folder="", status=UNREADABLE, reason=source.fault, **_NOTHING)]
    folder, sources, corrections = _place(workspace, source, code)
    if not (folder / "landing.json").exists():
        try:
            _land_into(folder, workspace.raw / source.sha256, source, sources, corrections)
        except ReadingDiedError as error:
            # Nothing of it is kept: the next refresh reads the file again, and may come to its end.
            return [LandedFile(source=source, folder="", status=UNREADABLE, reason=str(error), **_NOTHING)]
    tables = json.loads((folder / "landing.json").read_text(encoding="utf-8"))
    landed = [_refuse_mixing(_landed(source, folder, facts), is_sample) for facts in tables]
    return [_refuse_over_limit(file, quarantine_limit) for file in landed]


def stands(workspace: Workspace, source: SourceFile, code: str) -> bool:
    """Whether there is nothing to land: the same bytes were, by the same code, or none can be read."""
    return source.fault is not None or (_place(workspace, source, code)[0] / "landing.json").exists()


def _place(workspace: Workspace, source: SourceFile, code: str) -> tuple[Path, Sources, pl.DataFrame]:
    """Where the file's rows land, and what of the workspace is read for it."""
    sources = read_sources(workspace.root)
    corrections = of_file(read_row_corrections(workspace.reference), source.sha256, source.path)
    stated = (sources.key, sources.encoding_of(source.path), key_of_corrections(corrections))
    return workspace.landed / "-".join((source.sha256, code[:12], *filter(None, stated))), sources, corrections


def _landed(source: SourceFile, folder: Path, facts: dict) -> LandedFile:
    facts |= {name: tuple(facts[name]) for name in _NO_COLUMNS}
    if facts["reason"] is not None:
        facts["reason"] = f"{source.path}{facts['reason']}"
    sheet, number = facts.pop("sheet"), facts.pop("table")
    if sheet is not None:
        source = replace(source, source_file_id=f"{source.source_file_id}.{number}", path=f"{source.path}!{sheet}")
    return LandedFile(source=source, folder=str(folder / str(number)), **facts)


def _land_into(folder: Path, raw: Path, source: SourceFile, sources: Sources, corrections: pl.DataFrame) -> None:
    building = apart(folder)
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    tables = _land_tables(building, raw, source, sources, corrections)
    reached("rows_landed")
    (building / "landing.json").write_text(json.dumps(tables, ensure_ascii=False), encoding="utf-8")
    _flush_tree(building)
    reached("landing_told")
    _put_in_place(building, folder)
    reached("landing_placed")


def _put_in_place(building: Path, folder: Path) -> None:
    """Two workers may have landed the same file, one of them for a refresh that is gone: the first stays, and may be read already."""
    try:
        os.rename(building, folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if (folder / "landing.json").exists():
            shutil.rmtree(building)
            return
        # What an interrupted removal left.
        shutil.rmtree(folder)
        os.rename(building, folder)


def _flush_tree(folder: Path) -> None:
    """fsync every file and folder: the next refresh takes what stands here for whole, after a power loss too."""
    for path in (*folder.rglob("*"), folder):
        flush(path)


def _land_tables(
    building: Path, raw: Path, source: SourceFile, sources: Sources, corrections: pl.DataFrame
) -> list[dict]:
    """The facts of each table of the file; its rows are in a folder by its number."""
    try:
        return [_table_facts(building, raw, source, sources, corrections, None, 1)]
    except SeveralTablesError as error:
        sheets = error.sheets
        shutil.rmtree(building / "1")
    return [
        _table_facts(building, raw, source, sources, corrections, sheet, number)
        for number, sheet in enumerate(sheets, start=1)
    ]


def _table_facts(
    building: Path,
    raw: Path,
    source: SourceFile,
    sources: Sources,
    corrections: pl.DataFrame,
    sheet: str | None,
    number: int,
) -> dict:
    folder = building / str(number)
    folder.mkdir()
    path = f"{source.path}!{sheet}" if sheet is not None else source.path
    own = of_table(corrections, source.sha256, number, path)
    return {"sheet": sheet, "table": number} | _landing_facts(folder, raw, source, sources, own, sheet)


_NO_ROWS = ("rows_in", "accepted", "quarantined", "blank", "synthetic_rows", "precedence")
_NO_COLUMNS = {"unmapped_columns": (), "header_drift": (), "remarks": (), "header": ()}
_NOTHING = {"export": None, "is_probably_cut_off": False} | _NO_COLUMNS | dict.fromkeys(_NO_ROWS, 0)


def _landing_facts(
    building: Path, raw: Path, source: SourceFile, sources: Sources, corrections: pl.DataFrame, sheet: str | None
) -> dict:
    encoding = sources.encoding_of(source.path)
    try:
        landing = land(raw, source.source_file_id, source.path, sources.tables, encoding, sheet, corrections)
    except (SeveralTablesError, ReadingDiedError, StorageError):
        raise
    except UnknownExportError as error:
        return _NOTHING | {"status": UNKNOWN, "reason": _without_path(error, source)}
    except PatnavError as error:
        return _NOTHING | {"status": UNREADABLE, "reason": _without_path(error, source)}
    landing.accepted.write_parquet(building / "rows.parquet", compression_level=1)
    landing.rejected.write_parquet(building / "rejected.parquet", compression_level=1)
    landing.corrected.write_parquet(building / "corrected.parquet", compression_level=1)
    return {
        "status": LANDED,
        "reason": None,
        "export": landing.export,
        "rows_in": landing.rows_in,
        "accepted": landing.accepted.height,
        "quarantined": landing.rejected["row_number"].n_unique(),
        "blank": landing.blank,
        "unmapped_columns": landing.unmapped_columns,
        "synthetic_rows": landing.synthetic_rows,
        "header_drift": landing.header_drift,
        "is_probably_cut_off": landing.is_probably_cut_off,
        "remarks": landing.remarks,
        "precedence": landing.precedence,
        "header": landing.header,
    }


def _without_path(error: PatnavError, source: SourceFile) -> str:
    """What an error says after the path of the file. What is kept is of the bytes: the next file that has them may be called otherwise."""
    told = str(error)
    return told.removeprefix(source.path) if told.startswith(source.path) else f": {told}"


def forget_others(workspace: Workspace, files: list[LandedFile]) -> None:
    """Remove landed rows that no file of this refresh gave; what lies in `raw/` stays for ever."""
    used = {Path(file.folder).parent.name for file in files if file.folder}
    for folder in workspace.landed.iterdir() if workspace.landed.is_dir() else ():
        if folder.name not in used:
            _forget(folder)


def _forget(folder: Path) -> None:
    # Under another name first: half of it, left by a kill, would be taken for the whole when its file comes back.
    # So is what a killed refresh began: a worker of a cluster may have outlived it and still write there.
    gone = folder
    if not folder.name.endswith(".gone"):
        gone = folder.with_name(f".{folder.name.lstrip('.')}.gone")
        folder.replace(gone)
        reached("landed_forgotten")
    shutil.rmtree(gone)


def _refuse_mixing(landed: LandedFile, is_sample: bool) -> LandedFile:
    """Synthetic rows have no place among real ones, nor real ones in the sample's workspace."""
    is_synthetic = landed.synthetic_rows > 0
    if landed.status != LANDED or is_synthetic == is_sample:
        return landed
    found = (
        "synthetic sample rows in a workspace of real exports"
        if is_synthetic
        else "real rows in the sample's workspace"
    )
    reason = f"{found}: move the file to a workspace of its kind"
    return replace(landed, status=REFUSED, reason=reason, **_NOTHING | {"export": landed.export})


def _refuse_over_limit(landed: LandedFile, limit: float) -> LandedFile:
    """A file with too many bad rows was misread or damaged, and its good rows are not to be trusted either.

    Its quarantine can still be looked at: the folder keeps what was read.
    """
    records = landed.rows_in - landed.blank
    if not landed.is_landed or landed.quarantined < LEAST_OVER_LIMIT or landed.quarantined <= limit * records:
        return landed
    rules = landed.rejected["rule"].value_counts(sort=True).rows()
    told = ", ".join(f"{rule} {count:,}" for rule, count in sorted(rules, key=lambda each: (-each[1], each[0]))[:3])
    reason = (
        f"{landed.quarantined:,} of {records:,} records ({landed.quarantined / records:.1%}) are set aside ({told}); expected at "
        f"most {limit:.1%}; look with: patnav quarantine show or export, repair them, or raise quarantine_limit in workspace.toml"
    )
    return replace(landed, status=OVER_LIMIT, reason=reason, **dict.fromkeys(_NO_ROWS, 0))


def in_order_of_precedence(files: list[LandedFile]) -> list[LandedFile]:
    """The landed files by their export's precedence, then by content: the order in which their values win."""
    return sorted(
        (file for file in files if file.is_landed), key=lambda file: (file.precedence, file.source.source_file_id)
    )


def source_file_table(files: list[LandedFile], sources: pl.LazyFrame) -> pl.DataFrame:
    """meta.source_file; `sources` is core.publication_source, which tells loaded rows from duplicates."""
    counts = {file_id: (first, rows - first) for file_id, first, rows in _rows_by_file(sources)}
    rows = [
        {
            **{name: getattr(file.source, name) for name in ("source_file_id", "path", "sha256", "bytes")},
            **{name: getattr(file, name) for name in ("export", "status", "reason", "rows_in", "quarantined", "blank")},
            "loaded": counts.get(file.source.source_file_id, (0, 0))[0],
            "duplicate": counts.get(file.source.source_file_id, (0, 0))[1],
            "unmapped_columns": list(file.unmapped_columns),
            "header_drift": list(file.header_drift),
            "is_probably_cut_off": file.is_probably_cut_off,
            "remarks": list(file.remarks),
        }
        for file in files
    ]
    table = TABLES["meta.source_file"]
    return require(pl.DataFrame(rows, schema=table.polars_schema).sort(table.key), table)


def _rows_by_file(sources: pl.LazyFrame) -> list[tuple[str, int, int]]:
    counted = sources.group_by("source_file_id").agg(pl.col("is_first").sum(), pl.len())
    return counted.collect(engine="streaming").rows()


def rejected_row_table(files: list[LandedFile]) -> pl.DataFrame:
    """meta.rejected_row."""
    table = TABLES["meta.rejected_row"]
    frames = [file.rejected.select(table.columns) for file in files if file.is_landed]
    return require(pl.concat([table.empty(), *frames]).sort(table.key), table)


def row_correction_table(files: list[LandedFile], corrections: pl.DataFrame) -> pl.DataFrame:
    """meta.row_correction: every repair that the team states, and where it was put in."""
    table = TABLES["meta.row_correction"]
    found = [(file.source.source_file_id, file.corrected.drop("source_file_id")) for file in files if file.header]
    return require(log_of(corrections, found), table)


def landed_rows(files: list[LandedFile]) -> tuple[pl.DataFrame, LandedTexts]:
    """The rows of landed files, one after the other in the order given, with places instead of texts, and the texts."""
    heights = [file.accepted for file in files]
    starts = accumulate(heights, initial=0)
    rows = [
        file.rows.with_columns(places_of(name, first) for name in TEXTS)
        for file, first in zip(files, starts, strict=False)
    ]
    return pl.concat(rows), LandedTexts(heights, lambda file, name: files[file].columns(name)[name])


def precedence_of_rows(files: list[LandedFile]) -> pl.Series:
    """The precedence of each row of `landed_rows`: files of one export are equals."""
    ranks = [pl.repeat(file.precedence, file.accepted, dtype=pl.Int32, eager=True) for file in files]
    return pl.concat([pl.Series(dtype=pl.Int32), *ranks])
