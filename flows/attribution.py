"""Why the metrics of two versions differ: the earlier one made again with one thing at a time taken from the later one.

Every replay starts from the earlier version's recipe (flows/recipe.py) and takes one factor from the later one's: its new records,
its legal statuses, its taxonomy … What a metric then moves by is that factor's share, whatever order one might think of. What the
shares leave of the whole change is the interaction of factors (a new record labelled by a new rule), and what cannot be made again
from the recipes at all is the program's: its code, its libraries, its shipped tables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from flows import label_store, land
from flows.land import LandedFile, SourceFile
from flows.progress import Progress
from flows.recipe import Recipe
from flows.refresh import read_file
from flows.sources import SOURCES
from flows.workspace import Workspace, is_put_there
from schemas.branches import Taxonomy, load_taxonomy
from schemas.errors import CheckFailedError
from schemas.tables import LANDING, TABLES
from transforms.applications import merge_rows, with_kind_codes
from transforms.landed_texts import TEXTS, LandedTexts
from transforms.precedence import in_order_of_precedence, order_of_precedence
from transforms.refine import Merge, core_tables
from transforms.relabel import Judged, relabel, together
from warehouse.build import BuildFacts
from warehouse.compare import Measured, values_of, values_of_replay

INTERACTION, PROGRAM = "interaction", "program"
# Two sums of the same numbers in another order differ by less.
_NOTHING = 1e-9


@dataclass(frozen=True)
class Cause:
    """`factor`: its name. `records`: how many publications it touches, None where that is not what it does. `files`: what differs."""

    factor: str
    title_zh: str
    title_en: str
    records: int | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribution:
    """`causes`: what differs between the two versions, in the order of TITLES.

    `values`: metric, key (JSON), measure, is_count, before, after, change, one column per cause, interaction, program; one row per
    value that differs or that a cause moves. A row that is not there counts as nothing: its value is null and its change is whole.
    `totals`: metric, unit, measure and the same columns: the counts added up over a metric's rows of core labels (all rows, where it
    has none such). Rows may overlap (a province and the whole country): a total tells that something moved and what moved it, not how
    much of the industry did.
    """

    causes: tuple[Cause, ...]
    values: pl.DataFrame
    totals: pl.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(cause.factor for cause in self.causes), INTERACTION, PROGRAM)


TITLES = {
    "new": ("新记录", "new records"),
    "removed": ("记录移除", "removed records"),
    "legal": ("法律状态", "legal status"),
    "family": ("同族合并", "family merge"),
    "content": ("记录内容", "other contents of records"),
    "corrections": ("更正", "corrections"),
    "reading": ("读取规则", "reading rules"),
    "applicants": ("申请人表", "applicant tables"),
    "places": ("地点表", "place tables"),
    "enterprises": ("企业表", "enterprise tables"),
    "decisions": ("专家决定", "expert decisions"),
    "taxonomy": ("分支体系", "taxonomy"),
    "settings": ("设置", "settings"),
    "tables": ("其他参考表", "other reference tables"),
    INTERACTION: ("交互", "interaction"),
    PROGRAM: ("程序", "program"),
}
# Which files of a team's reference folder are which factor's; any other is of `tables`.
TEAM_FILES = {
    "family": ("family_link.csv",),
    "corrections": ("correction.csv", "row_correction.csv"),
    "applicants": ("applicant.csv", "applicant_alias.csv", "applicant_group.csv", "applicant_not_same.csv"),
    "places": ("place_correction.csv",),
    "enterprises": ("enterprise.csv", "enterprise_alias.csv"),
    "decisions": ("decision.csv",),
}
COLUMNS = {
    "legal": ("legal_status", "grant_date"),
    "family": ("vendor_family_id", "vendor_family_size", "priority_numbers", "earliest_priority_date"),
}
_ACCOUNTS = ("meta.source_file", "meta.rejected_row", "meta.field_coverage", "meta.row_correction")
# Where a value was found, and how a number was spelled there.
_NOT_COMPARED = (
    "publication_number", "source_file_id", "row_number", "publication_number_original", "application_number_original", "extra_columns",
)  # fmt: skip


def attribute(
    workspace: Workspace, earlier: Recipe, later: Recipe, published: tuple[Path, Path] | None, progress: Progress
) -> Attribution:
    """What moved every metric from one version to the other.

    `published`: the two version files, whose values are the change to explain; None takes the replayed ones at their word. Raises
    what a refresh of such inputs raises.
    """
    with _scratch(workspace) as scratch:
        kitchen = _Kitchen(workspace, scratch, earlier, later)
        causes = kitchen.causes()
        names = ", ".join(f"{cause.title_zh} {cause.title_en}" for cause in causes) or "无 none"
        progress.tell("compare", f"不同之处 what differs: {names}")
        values = {"earlier": kitchen.made(frozenset())}
        for cause in causes:
            with progress.waiting(cause.title_en):
                values[cause.factor] = kitchen.made(frozenset({cause.factor}))
            progress.tell("replay", f"{cause.title_zh} {cause.title_en}")
        values["later"] = kitchen.made_whole()
    ends = [_values(values_of(file)) for file in published] if published else [values["earlier"], values["later"]]
    found = _shares(values, *ends, [cause.factor for cause in causes])
    columns = ["change", *(cause.factor for cause in causes), INTERACTION, PROGRAM]
    return Attribution(causes, _moved(found, columns).sort(_ID), _moved(_totals(found, columns), columns))


# ── what is replayed ─────────────────────────────────────────────────────────────────────────────────────────────


class _Kitchen:
    """Both recipes, with what several replays need of them landed and merged once."""

    def __init__(self, workspace: Workspace, scratch: Path, earlier: Recipe, later: Recipe) -> None:
        self._workspace, self._scratch = workspace, scratch
        self.earlier, self.later = earlier, later
        self._landed: dict[tuple[str, ...], dict[SourceFile, list[LandedFile]]] = {}
        self._judged: dict[str, Judged] = {}
        held = label_store.read(workspace.labels).held
        self._stored = held.judged if held else None
        self._later_files = self._files_of_later()
        self.before = _compared(self._files(earlier, earlier, earlier, earlier))
        self.after = _compared(self._later_files)

    def _files_of_later(self) -> list[LandedFile]:
        """The later version's files, read as the earlier one read, so that they differ in nothing else; those that it could not, as
        the later one did."""
        alike = self._tables(self.later, self.earlier, self.earlier, self.earlier)
        own = self._tables(self.later, self.later, self.later, self.later)
        chosen = (tables if all(each.is_landed for each in tables) else own[source] for source, tables in alike.items())
        return land.in_order_of_precedence([table for tables in chosen for table in tables])

    def causes(self) -> tuple[Cause, ...]:
        found = {**self._records(), **self._team_files()}
        if _bytes(self.earlier.sources) != _bytes(self.later.sources):
            found["reading"] = {"files": (SOURCES,)}
        if self.earlier.taxonomy_version != self.later.taxonomy_version:
            versions = f"{self.earlier.taxonomy_version} → {self.later.taxonomy_version}"
            found["taxonomy"] = {"files": (versions,)}
        if changed := _changed_settings(self.earlier, self.later):
            found["settings"] = {"files": changed}
        return tuple(Cause(name, *titles, **found[name]) for name, titles in TITLES.items() if name in found)

    def _records(self) -> dict[str, dict]:
        before, after = self.before["publication_number"], self.after["publication_number"]
        counts = {
            "new": after.is_in(before.implode()).not_().sum(),
            "removed": before.is_in(after.implode()).not_().sum(),
            **{factor: self._differing(self._columns(factor)) for factor in ("legal", "family", "content")},
        }
        return {factor: {"records": count} for factor, count in counts.items() if count}

    def _columns(self, factor: str) -> list[str]:
        if factor in COLUMNS:
            return list(COLUMNS[factor])
        others = {name for names in COLUMNS.values() for name in names}
        return [name for name in self.before.columns if name not in others and name not in _NOT_COMPARED]

    def _differing(self, columns: list[str]) -> int:
        sides = (side.select("publication_number", *columns) for side in (self.before, self.after))
        before, after = (side.select("publication_number", pl.struct(columns).alias("held")) for side in sides)
        joined = before.join(after, on="publication_number", how="inner", validate="1:1", suffix="_after")
        return joined.select(pl.col("held").ne_missing(pl.col("held_after")).sum()).item()

    def _team_files(self) -> dict[str, dict]:
        names = {path.name for each in (self.earlier, self.later) for path in _files_in(each.reference)}
        differing = [
            name
            for name in sorted(names)
            if _bytes(self.earlier.reference / name) != _bytes(self.later.reference / name)
        ]
        found: dict[str, dict] = {}
        for name in differing:
            factor = next((factor for factor, files in TEAM_FILES.items() if name in files), "tables")
            found.setdefault(factor, {"files": ()})
            found[factor]["files"] += (name,)
        if "family" in found:
            found["family"]["records"] = self._differing(self._columns("family"))
        return found

    def made_whole(self) -> pl.DataFrame:
        """The later version by its own recipe."""
        later = self.later
        rows, _, texts = self._placed(self._files(later, later, later, later))
        return self._measured(rows, texts, merge_rows, later.reference, later, later)

    def made(self, taken: frozenset[str]) -> pl.DataFrame:
        """The earlier version with the ingredients of the `taken` factors from the later one."""

        def of(factor: str) -> Recipe:
            return self.later if factor in taken else self.earlier

        files = self._files(self.earlier, of("reading"), of("corrections"), of("settings"))
        rows, later_rows, texts = self._placed(files)
        number = pl.col("publication_number")
        if "removed" in taken:
            rows = rows.filter(number.is_in(self.after["publication_number"].implode()))
        if "new" in taken:
            new = later_rows.filter(number.is_in(self.before["publication_number"].implode()).not_())
            rows = pl.concat([rows, new]).sort("_precedence", "source_file_id", maintain_order=True)
        changed = [factor for factor in ("legal", "family", "content") if factor in taken]
        theirs = in_order_of_precedence(
            with_kind_codes(later_rows.drop("_precedence")), texts, later_rows["_precedence"]
        )
        merge = partial(self._merged, later_rows=theirs, changed=changed)
        return self._measured(rows, texts, merge, self._team_folder(taken), of("taxonomy"), of("settings"))

    def _merged(
        self, rows: pl.DataFrame, later_rows: pl.DataFrame, changed: list[str]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Publications as merged from the rows, with the columns of the `changed` factors as the later version has them."""
        publications, sources = merge_rows(rows)
        if not changed:
            return publications, sources
        columns = [name for factor in changed for name in self._columns(factor)]
        theirs = merge_rows(later_rows)[0].select("publication_number", pl.lit(True).alias("_is_there"), *columns)
        joined = publications.join(
            theirs, on="publication_number", how="left", validate="1:1", maintain_order="left", suffix="_after"
        )
        taken = [pl.when("_is_there").then(f"{name}_after").otherwise(name).alias(name) for name in columns]
        return joined.with_columns(taken).select(publications.columns), sources

    def _team_folder(self, taken: frozenset[str]) -> Path:
        """The earlier version's tables, with those of the taken factors as the later one has them."""
        folder = self._scratch / ("reference-" + "-".join(sorted(taken)))
        if folder.exists():
            return folder
        folder.mkdir()
        for name in {path.name for each in (self.earlier, self.later) for path in _files_in(each.reference)}:
            factor = next((factor for factor, files in TEAM_FILES.items() if name in files), "tables")
            source = (self.later if factor in taken else self.earlier).reference / name
            if source.exists():
                shutil.copyfile(source, folder / name)
        return folder

    def _files(self, files: Recipe, reading: Recipe, corrections: Recipe, settings: Recipe) -> list[LandedFile]:
        """The files of one recipe in order of precedence, read with the rules, repairs of cells and settings of others."""
        tables = self._tables(files, reading, corrections, settings)
        return land.in_order_of_precedence([table for found in tables.values() for table in found])

    def _tables(
        self, files: Recipe, reading: Recipe, corrections: Recipe, settings: Recipe
    ) -> dict[SourceFile, list[LandedFile]]:
        key = tuple(each.version_key for each in (files, reading, corrections, settings))
        if key not in self._landed:
            place = _place_to_read(self._workspace, self._scratch / "-".join(key), reading, corrections)
            self._landed[key] = {file: read_file(place, file, settings.settings) for file in files.files}
        return self._landed[key]

    def _placed(self, files: list[LandedFile]) -> tuple[pl.DataFrame, pl.DataFrame, LandedTexts]:
        """Rows of `files`, rows of the later version's files, both with `_precedence`, and the texts of both."""
        every = [*self._later_files, *files]
        rows, texts = land.landed_rows(every)
        rows = rows.with_columns(land.precedence_of_rows(every).alias("_precedence"))
        height = sum(file.accepted for file in self._later_files)
        return rows[height:], rows[:height], texts

    def _measured(
        self,
        rows: pl.DataFrame,
        texts: LandedTexts,
        merge: Merge,
        reference: Path,
        taxonomy: Recipe,
        settings: Recipe,
    ) -> pl.DataFrame:
        door = self._scratch / "door"
        door.mkdir(exist_ok=True)
        branches = load_taxonomy(self._folder_of(taxonomy))
        landed, precedence = rows.drop("_precedence"), rows["_precedence"]
        tables = core_tables(landed, texts, branches, reference, self._label, merge, precedence)
        # No metric that is compared counts by the account of the files.
        for name, frame in (*tables, *((name, TABLES[name].empty()) for name in _ACCOUNTS)):
            frame.write_parquet(door / f"{name}.parquet", compression_level=1)
        try:
            return _values(values_of_replay(door, _facts(settings, taxonomy, self.later)))
        except CheckFailedError:
            # A mix without any publication: what counts nothing has no rows.
            return pl.DataFrame(schema=_VALUES)

    def _folder_of(self, taxonomy: Recipe) -> Path:
        # The same rules from one folder are read once.
        is_same = taxonomy.taxonomy_version == self.earlier.taxonomy_version
        return (self.earlier if is_same else taxonomy).taxonomy

    def _label(self, records: Iterable[pl.DataFrame], taxonomy: Taxonomy) -> Iterator[pl.DataFrame]:
        parts = []
        for part in records:
            parts.append(relabel(part, taxonomy, self._judged.get(taxonomy.version, self._stored)))
            yield parts[-1].labels
        # What was judged first is the most: later mixes hold the same records, some more or some fewer.
        self._judged.setdefault(taxonomy.version, together(parts).judged)


def _facts(settings: Recipe, taxonomy: Recipe, later: Recipe) -> BuildFacts:
    return BuildFacts(
        version_key="replay",
        patnav_version="replay",
        taxonomy_version=taxonomy.taxonomy_version,
        is_synthetic=settings.settings.is_sample,
        cut_off_date=settings.settings.cut_off_date,
        publication_lag_months=settings.settings.publication_lag_months,
        focus_province_code=settings.settings.focus_province_code,
        focus_city_code=settings.settings.focus_city_code,
        run_id="replay",
        # One day for all replays: dates after it are misread ones, and none shall come or go with the day alone.
        started_at=later.started_at,
    )


def _changed_settings(earlier: Recipe, later: Recipe) -> tuple[str, ...]:
    before, after = earlier.settings.of_content, later.settings.of_content
    return tuple(f"{name}: {before[name]} → {after[name]}" for name in after if before.get(name) != after[name])


# ── landing both versions' files apart from the workspace ────────────────────────────────────────────────────────


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder for replays in the workspace's own data, so that landed rows can be linked instead of copied."""
    folder = workspace.root / "data" / f".replay.{os.getpid()}.tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _place_to_read(workspace: Workspace, root: Path, reading: Recipe, corrections: Recipe) -> Workspace:
    """A workspace with the bytes of this one, whose rules of reading are those of recipes."""
    place = Workspace(root)
    place.reference.mkdir(parents=True)
    place.raw.symlink_to(workspace.raw.resolve())
    if reading.sources.exists():
        shutil.copyfile(reading.sources, root / SOURCES)
    for name in TEAM_FILES["corrections"]:
        if (corrections.reference / name).exists():
            shutil.copyfile(corrections.reference / name, place.reference / name)
    # Links, because a refresh may let go of its landed rows meanwhile.
    place.landed.mkdir(parents=True)
    for folder in workspace.landed.glob("[!.]*"):
        shutil.copytree(folder, place.landed / folder.name, copy_function=os.link)
    return place


def _compared(files: list[LandedFile]) -> pl.DataFrame:
    """Publications as merged from the files' rows, with hashes instead of texts, which are too large to be held twice."""
    placed, texts = land.landed_rows(files) if files else (LANDING.empty(), None)
    order = order_of_precedence(with_kind_codes(placed), texts, land.precedence_of_rows(files)) if files else None
    hashes = [pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name) for name in TEXTS]
    rows = pl.concat([rows.with_columns(hashes) for rows in (LANDING.empty(), *(f.rows for f in files))])
    return merge_rows(rows if order is None else rows[order])[0]


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and is_put_there(path.name)] if folder.is_dir() else []


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


# ── values and shares ────────────────────────────────────────────────────────────────────────────────────────────

_ID = ["metric", "key", "measure", "is_count"]
_VALUES = dict.fromkeys(_ID[:3], pl.String) | {"is_count": pl.Boolean, "value": pl.Float64}


def _values(found: list[tuple[Measured, Any]]) -> pl.DataFrame:
    """Every value of every metric: _ID and `value`."""
    frames = []
    for each, table in found:
        key = pl.struct(each.keys).struct.json_encode() if each.keys else pl.lit("{}")
        keyed = pl.DataFrame(pl.from_arrow(table)).with_columns(key.alias("key"))
        long = keyed.unpivot(on=[*each.counts, *each.ratios], index="key", variable_name="measure")
        frames.append(
            long.select(
                pl.lit(each.metric).alias("metric"),
                "key",
                "measure",
                pl.col("measure").is_in(each.counts).alias("is_count"),
                pl.col("value").cast(pl.Float64),
            ).drop_nulls("value")
        )
    return pl.concat(frames)


def _shares(
    values: dict[str, pl.DataFrame], before: pl.DataFrame, after: pl.DataFrame, factors: list[str]
) -> pl.DataFrame:
    """The frame of Attribution."""
    named = {"before": before, "after": after} | {f"_{name}": frame for name, frame in values.items()}
    joined = None
    for name, frame in named.items():
        frame = frame.rename({"value": name})
        joined = frame if joined is None else joined.join(frame, on=_ID, how="full", coalesce=True, validate="1:1")
    held = joined.with_columns(pl.col(name).fill_null(0.0) for name in named if name not in ("before", "after"))
    change = pl.col("after").fill_null(0.0) - pl.col("before").fill_null(0.0)
    whole = pl.col("_later") - pl.col("_earlier")
    shares = [(pl.col(f"_{factor}") - pl.col("_earlier")).alias(factor) for factor in factors]
    found = held.with_columns(change.alias("change"), *shares).with_columns(
        (whole - pl.sum_horizontal(pl.lit(0.0), *factors)).alias(INTERACTION), (pl.col("change") - whole).alias(PROGRAM)
    )
    return found.select(*_ID, "before", "after", "change", *factors, INTERACTION, PROGRAM)


def _totals(values: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    told = values.filter("is_count").with_columns(
        pl.col("key").str.json_path_match(f"$.{name}").alias(name) for name in ("unit", "label_level")
    )
    is_core = pl.col("label_level").eq_missing("core")
    told = told.filter(is_core | is_core.any().over("metric").not_())
    added = [pl.col(name).sum() for name in ("before", "after", *columns)]
    return told.group_by("metric", "unit", "measure").agg(added).sort("metric", "unit", "measure")


def _moved(found: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Rows where something moved; what is only the rounding of sums is none."""
    size = pl.max_horizontal(pl.lit(1e-3), pl.col("before").abs(), pl.col("after").abs())
    rounded = found.with_columns(
        pl.when(pl.col(name).abs() > _NOTHING * size).then(name).otherwise(0.0).alias(name) for name in columns
    )
    return rounded.filter(pl.any_horizontal(pl.col(name) != 0 for name in columns))
