"""A workspace: the folder that a team works in. Where everything lies, its settings, and what kind of data it holds."""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from schemas.errors import WorkspaceError
from schemas.reference import region_table
from warehouse.publish import FOLDER_MODE

SETTINGS = "workspace.toml"
REAL, SAMPLE = "real", "sample"
# What nobody put into a folder begins so: droppings of editors and systems.
DROPPINGS = ("~$", ".")
# Says what the files of a folder are for, and decides nothing.
README = "README.md"

_SETTINGS_TEXT = """\
# 工作区设置 / settings of this workspace
# kind: "real" 真实导出文件；"sample" 内置合成样例，二者不可混用 / real exports or the built-in synthetic sample, never both
kind = "{kind}"

# 数据截止日：省略时取最晚公开日 / the day the exports were made; left out, the latest publication date is taken
{cut_off_date}

# 公开滞后（月）：早于截止日多少个月的申请年才算完整 / months until a filing year counts as complete
publication_lag_months = 18

# 重点省市 / the province and city that the report looks at closely (GB/T 2260)
focus_province_code = "330000"
focus_city_code = "330100"

# 隔离上限：一个文件被隔离的记录超过此比例（且不少于 10 条）时，整个文件不载入，其余文件照常
# a file of whose records a larger share is set aside (and 10 or more) is not loaded; the others are
quarantine_limit = 0.05

# 旧版本的保留：最近这么多个版本，以及这么多天内用过的版本，都不删除
# older versions are kept: so many of the last ones, and every one that was current in so many days past
keep_versions = 5
keep_days = 1.0

# Parquet 数据集市：每次发布后写入 warehouse/marts/current，供 BI 工具读取；无人读取时可设为 false
# Parquet marts for BI tools, written to warehouse/marts/current after each publication; false where nobody reads them
parquet_marts = true

# 由谁读取文件、标注记录："threads" 本机；"dask:tcp://主机:端口" Dask 集群的工作进程，见 docs/scale.md
# who reads files and labels records: this machine, or the workers of a Dask cluster
# runner = "threads"

# 技术分支体系的文件夹（相对本工作区）；省略时用内置的智能计算 / a taxonomy folder, relative to this workspace;
# left out, the built-in one of intelligent computing
# taxonomy = "taxonomy"
"""


_NOT_OF_CONTENT = frozenset({"taxonomy", "keep_versions", "keep_days", "parquet_marts", "runner"})
_PATTERN_SIGNS = frozenset("*?[")
THREADS = "threads"
_CLUSTER = re.compile(r"dask:((?:tcp|tls)://(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5}))")


@dataclass(frozen=True)
class Settings:
    kind: str
    cut_off_date: datetime.date | None
    publication_lag_months: int
    focus_province_code: str
    focus_city_code: str
    taxonomy: str | None
    quarantine_limit: float = 0.05
    keep_versions: int = 5
    keep_days: float = 1.0
    parquet_marts: bool = True
    runner: str = THREADS

    @property
    def cluster(self) -> str | None:
        """The address of the Dask scheduler whose workers read and label, None where this process does."""
        stated = _CLUSTER.fullmatch(self.runner)
        return stated[1] if stated else None

    @property
    def is_sample(self) -> bool:
        return self.kind == SAMPLE

    @property
    def of_content(self) -> dict[str, Any]:
        """What a version's content depends on: not how long versions are kept, and of the taxonomy its content, not its place."""
        return {name: value for name, value in asdict(self).items() if name not in _NOT_OF_CONTENT}


@dataclass(frozen=True)
class Workspace:
    root: Path

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def reference(self) -> Path:
        return self.root / "reference"

    @property
    def raw(self) -> Path:
        """Every file ever taken in, by the sha256 of its bytes; never overwritten."""
        return self.root / "raw"

    @property
    def landed(self) -> Path:
        return self.root / "data" / "landed"

    @property
    def doors(self) -> Path:
        """One folder of Parquet per version: what the warehouse is built from."""
        return self.root / "data" / "core"

    @property
    def recipes(self) -> Path:
        """What each kept version was made of."""
        return self.root / "data" / "recipes"

    @property
    def labels(self) -> Path:
        """What the last refresh's rules said of every record, to go on from; may be deleted at any time."""
        return self.root / "data" / "labels"

    @property
    def parts(self) -> Path:
        """Records to be labelled and their labels, part by part; only while a refresh runs, or where one was killed."""
        return self.root / "data" / "parts"

    @property
    def building(self) -> Path:
        return self.root / "data" / "building"

    @property
    def prefect_home(self) -> Path:
        return self.root / "data" / "prefect"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def database(self) -> Path:
        return self.warehouse / "current.duckdb"

    @property
    def marts(self) -> Path:
        """The published version's tables as Parquet, for tools that read files."""
        return self.warehouse / "marts" / "current"

    @property
    def report(self) -> Path:
        return self.root / "report"

    @property
    def lock(self) -> Path:
        return self.root / "refresh.lock"

    @property
    def journal(self) -> Path:
        return self.root / "journal.jsonl"

    @property
    def settings_file(self) -> Path:
        return self.root / SETTINGS


def is_put_there(name: str) -> bool:
    """Whether a file of this name says something of its folder's subject: no dropping, and not what explains the folder."""
    return name != README and not name.startswith(DROPPINGS)


def create(root: Path, kind: str = REAL, cut_off_date: datetime.date | None = None) -> Workspace:
    """Make a new workspace; raises WorkspaceError where one stands already, other files lie in the way or its path is a pattern."""
    from flows.team_files import readme  # brings the readers of tables, which most commands do without

    _require_plain_path(root)
    workspace = Workspace(root)
    if workspace.settings_file.exists():
        raise WorkspaceError(
            str(root), "a workspace stands here already", "a new or empty folder", "use it, or name another folder"
        )
    if root.exists() and not root.is_dir():
        raise WorkspaceError(str(root), "a file 文件", "a new or empty folder", "name a folder 另取文件夹名")
    if root.exists() and any(root.iterdir()):
        raise WorkspaceError(str(root), "a folder that is not empty", "a new or empty folder", "name another folder")
    for folder in (workspace.inbox, workspace.reference, workspace.raw, workspace.warehouse):
        folder.mkdir(parents=True, exist_ok=True)
    workspace.warehouse.chmod(FOLDER_MODE)
    (workspace.reference / README).write_text(readme(), encoding="utf-8")
    stated = f"cut_off_date = {cut_off_date}" if cut_off_date else "# cut_off_date = 2024-06-30"
    workspace.settings_file.write_text(_SETTINGS_TEXT.format(kind=kind, cut_off_date=stated), encoding="utf-8")
    return workspace


def open_workspace(root: Path) -> Workspace:
    """The workspace at `root`; raises WorkspaceError where there is none, or its path is a pattern."""
    _require_plain_path(root)
    workspace = Workspace(root)
    if not workspace.settings_file.exists():
        raise WorkspaceError(str(root), f"no {SETTINGS}", "a workspace", f"make one with: patnav init {root}")
    return workspace


def _require_plain_path(root: Path) -> None:
    """Neither the path by which the workspace is called nor the one behind its links may hold a sign of patterns."""
    for path in (root.absolute(), root.resolve()):
        if signs := sorted(_PATTERN_SIGNS.intersection(str(path))):
            raise WorkspaceError(
                str(root),
                f"路径含通配符 the path {path} holds {' '.join(signs)}",
                "a path without * ? [, which polars and DuckDB take for a pattern of files",
                "rename the folder, or put the workspace elsewhere 请改名或换一个位置",
            )


def read_settings(workspace: Workspace) -> Settings:
    """The checked settings; raises WorkspaceError naming the key that is wrong."""
    where = str(workspace.settings_file)
    try:
        values = tomllib.loads(workspace.settings_file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(where, str(error), "TOML", "mend the line") from error
    wanted = {
        "kind": (str, REAL),
        "cut_off_date": (datetime.date, None),
        "publication_lag_months": (int, 18),
        "focus_province_code": (str, "330000"),
        "focus_city_code": (str, "330100"),
        "taxonomy": (str, None),
        "quarantine_limit": ((float, int), Settings.quarantine_limit),
        "keep_versions": (int, Settings.keep_versions),
        "keep_days": ((float, int), Settings.keep_days),
        "parquet_marts": (bool, Settings.parquet_marts),
        "runner": (str, THREADS),
    }
    unknown = sorted(set(values) - set(wanted))
    if unknown:
        raise WorkspaceError(where, f"unknown key {unknown[0]}", "one of " + ", ".join(wanted), "mend or delete it")
    for key, value in values.items():
        if not isinstance(value, wanted[key][0]) or isinstance(value, bool) != (wanted[key][0] is bool):
            kinds = wanted[key][0] if isinstance(wanted[key][0], tuple) else (wanted[key][0],)
            raise WorkspaceError(where, f"{key} = {value!r}", f"a {kinds[0].__name__}", "mend it")
    settings = Settings(**{key: values.get(key, default) for key, (_, default) in wanted.items()})
    _check(settings, where)
    return settings


def taxonomy_folder(workspace: Workspace, settings: Settings, named: Path | None = None) -> Path | None:
    """The folder `named` on the command line, else the workspace's own, None for the built-in one.

    Raises WorkspaceError where the workspace names one that is not there.
    """
    if named is not None:
        return named
    if settings.taxonomy is None:
        return None
    folder = workspace.root / settings.taxonomy
    if not folder.is_dir():
        raise WorkspaceError(
            str(workspace.settings_file),
            f"taxonomy = {settings.taxonomy!r}",
            "a folder of branch files",
            "mend the path",
        )
    return folder


def _check(settings: Settings, where: str) -> None:
    if settings.kind not in (REAL, SAMPLE):
        raise WorkspaceError(where, f"kind = {settings.kind!r}", f"{REAL!r} or {SAMPLE!r}")
    if not 0 <= settings.publication_lag_months <= 60:
        raise WorkspaceError(where, f"publication_lag_months = {settings.publication_lag_months}", "0 to 60")
    if not 0 <= settings.quarantine_limit <= 1:
        raise WorkspaceError(where, f"quarantine_limit = {settings.quarantine_limit}", "a share from 0 to 1")
    if not 2 <= settings.keep_versions <= 1000:
        raise WorkspaceError(where, f"keep_versions = {settings.keep_versions}", "2 to 1000, so that one can go back")
    if not 0 <= settings.keep_days <= 3650:
        raise WorkspaceError(where, f"keep_days = {settings.keep_days}", "0 to 3650")
    stated = _CLUSTER.fullmatch(settings.runner)
    if settings.runner != THREADS and (stated is None or not 0 < int(stated[2]) < 65_536):
        raise WorkspaceError(
            where,
            f"runner = {settings.runner!r}",
            f'"{THREADS}" or "dask:tcp://host:port" (dask:tls://… where Dask is set up for TLS)',
            "mend it; see docs/scale.md",
        )
    regions = dict(region_table().select("region_code", "region_level").rows())
    for key, level in (("focus_province_code", "province"), ("focus_city_code", "city")):
        code = getattr(settings, key)
        if regions.get(code) != level:
            raise WorkspaceError(
                where, f"{key} = {code!r}", f"the GB/T 2260 code of a {level}", "look it up in core.region"
            )
    if _lies_elsewhere(settings.focus_city_code, settings.focus_province_code):
        raise WorkspaceError(
            where,
            f"focus_city_code = {settings.focus_city_code!r} beside focus_province_code = {settings.focus_province_code!r}",
            "a city of that province",
            "name both",
        )


def _lies_elsewhere(city: str, province: str) -> bool:
    """Whether the province has cities, and this is none of them."""
    cities = region_table().filter(region_level="city", parent_code=province)["region_code"]
    return len(cities) > 0 and city not in cities
