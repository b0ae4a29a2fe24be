"""Read the cabinets of SQL: a file is a header of comments and one SELECT, and its name is the name of the thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.errors import ContractError

FLOOR = Path(__file__).parent
METRICS = FLOOR / "metrics"
CHECKS = FLOOR / "checks"
CLAIMS = FLOOR / "claims"
MACROS = FLOOR / "macros"

# What every metric says of its counting, unless its file says it more closely.
CONVENTION_COLUMNS = {
    "unit": "计数单位 / Unit of counting",
    "date_basis": "日期口径 / Which date the year is of",
    "credit": "申请人口径 / How applicants are credited",
    "place_rule": "地点口径 / Whose place counts",
    "patent_types": "计入的专利类型 / Patent types that are counted",
    "label_level": "标签口径 / Label level",
    "last_complete_year": "最近完整年 / Last complete year",
}
_MACRO_KEYS = tuple(
    f"{key}_{language}" for key in ("title", "question", "grain", "conventions") for language in ("zh", "en")
)
_METRIC_KEYS = (*_MACRO_KEYS, "figure")
_CLAIM_KEYS = (
    "seed",
    "figure",
    "title_zh",
    "title_en",
    "sentence_zh",
    "sentence_en",
    "otherwise_zh",
    "otherwise_en",
    "condition_zh",
    "condition_en",
)
_CHECK_KEYS = ("severity", "title_zh", "title_en")
_SEVERITIES = ("error", "warning")
_HEADER_LINE = re.compile(r"--\s(?:(?P<section>column|parameter)\s+)?(?P<key>\w+):\s*(?P<value>.*)")
_CONTINUATION = re.compile(r"--\s{2,}(?P<value>\S.*)")
# Chinese has no space between a comma and what follows it.
_ENDS_A_CHINESE_LINE = tuple("，、；：。")


@dataclass(frozen=True)
class MetricColumn:
    name: str
    title_zh: str
    title_en: str

    @property
    def comment(self) -> str:
        return f"{self.title_zh} / {self.title_en}"


@dataclass(frozen=True)
class _Counted:
    """What every query that counts tells of itself, in both languages."""

    title_zh: str
    title_en: str
    question_zh: str
    question_en: str
    grain_zh: str
    grain_en: str
    conventions_zh: str
    conventions_en: str
    columns: tuple[MetricColumn, ...]
    sql: str

    @property
    def comment(self) -> str:
        return f"{self.title_zh}：{self.question_zh} / {self.title_en}: {self.question_en}"


@dataclass(frozen=True)
class Metric(_Counted):
    """One file of the metrics cabinet; `metric` is the file's stem and the name of its table."""

    metric: str
    figure: str


@dataclass(frozen=True)
class Parameter:
    """`values`: what it may be; the first is what it is when nobody says."""

    name: str
    values: tuple[str, ...]
    title_zh: str
    title_en: str

    @property
    def comment(self) -> str:
        zh, _, meanings = self.title_zh.partition("：")
        choice = " | ".join(self.values)
        return f"{zh}：{meanings + '，' if meanings else ''}{choice} / {self.title_en.replace(': ', ', ')}: {choice}"


@dataclass(frozen=True)
class Macro(_Counted):
    """One file of the macros cabinet: a query with conventions to choose, called as metrics.<macro>(name := value)."""

    macro: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Check:
    """A SELECT of offending rows. Severity error stops the build, warning is kept in meta.check."""

    check: str
    severity: str
    title_zh: str
    title_en: str
    sql: str


@dataclass(frozen=True)
class Claim:
    """A statement of the seed document: `sentence` where its condition holds, `otherwise` where it does not.

    The query gives one row: `holds`, `found`, `missing_zh` and `missing_en` (null where the data suffice), and every
    value that the sentences have a place for. `seed`: number of the seed's statement; `figure`: the figure of the
    report that it stands at.
    """

    claim: str
    seed: int
    figure: str
    title_zh: str
    title_en: str
    sentence_zh: str
    sentence_en: str
    otherwise_zh: str
    otherwise_en: str
    condition_zh: str
    condition_en: str
    sql: str


@dataclass(frozen=True)
class _SqlFile:
    header: dict[str, str]
    columns: dict[str, str]
    parameters: dict[str, str]
    sql: str


@cache
def metrics(directory: Path = METRICS) -> tuple[Metric, ...]:
    """Every metric of the cabinet by name. Raises ContractError naming the file whose header is not complete."""
    return tuple(_metric(path) for path in sorted(directory.glob("*.sql")))


@cache
def macros(directory: Path = MACROS) -> tuple[Macro, ...]:
    """Every macro of the cabinet by name. Raises ContractError naming the file whose header is not complete."""
    return tuple(_macro(path) for path in sorted(directory.glob("*.sql")))


@cache
def claims(directory: Path = CLAIMS) -> tuple[Claim, ...]:
    """Every claim of the cabinet by name. Raises ContractError naming the file whose header is not complete."""
    return tuple(_claim(path) for path in sorted(directory.glob("*.sql")))


@cache
def checks(directory: Path = CHECKS) -> tuple[Check, ...]:
    """Every check of the cabinet by name. Raises ContractError naming the file whose header is not complete."""
    return tuple(_check(path) for path in sorted(directory.glob("*.sql")))


def statement(name: str) -> str:
    """A query of the floor itself, kept as a file of `statements`."""
    return (FLOOR / "statements" / f"{name}.sql").read_text(encoding="utf-8")


def _metric(path: Path) -> Metric:
    file = _read(path, _METRIC_KEYS)
    titles = file.columns | {name: text for name, text in CONVENTION_COLUMNS.items() if name not in file.columns}
    columns = tuple(_metric_column(path, name, text) for name, text in titles.items())
    return Metric(metric=path.stem, columns=columns, sql=file.sql, **{key: file.header[key] for key in _METRIC_KEYS})


def _macro(path: Path) -> Macro:
    file = _read(path, _MACRO_KEYS)
    header = {key: file.header[key] for key in _MACRO_KEYS}
    parameters = tuple(_parameter(path, name, text) for name, text in file.parameters.items())
    columns = tuple(_metric_column(path, name, text) for name, text in file.columns.items())
    return Macro(macro=path.stem, parameters=parameters, columns=columns, sql=file.sql, **header)


def _parameter(path: Path, name: str, text: str) -> Parameter:
    values, separator, titles = text.partition(" / ")
    if not (values.strip() and separator):
        raise ContractError(_place(path), f"parameter {name}: {text!r}", "value, value / 中文 / English")
    title = _metric_column(path, name, titles)
    return Parameter(name, tuple(value.strip() for value in values.split(",")), title.title_zh, title.title_en)


def _metric_column(path: Path, name: str, text: str) -> MetricColumn:
    zh, separator, en = text.partition(" / ")
    if not (zh.strip() and separator and en.strip()):
        raise ContractError(_place(path), f"column {name}: {text!r}", "中文 / English")
    return MetricColumn(name, zh.strip(), en.strip())


def _check(path: Path) -> Check:
    file = _read(path, _CHECK_KEYS)
    if file.header["severity"] not in _SEVERITIES:
        raise ContractError(_place(path), f"severity {file.header['severity']!r}", " or ".join(_SEVERITIES))
    return Check(check=path.stem, sql=file.sql, **{key: file.header[key] for key in _CHECK_KEYS})


def _claim(path: Path) -> Claim:
    file = _read(path, _CLAIM_KEYS)
    header = {key: file.header[key] for key in _CLAIM_KEYS}
    if not header["seed"].isdigit():
        raise ContractError(_place(path), f"seed {header['seed']!r}", "the number of a statement of the seed document")
    return Claim(claim=path.stem, sql=file.sql, **header | {"seed": int(header["seed"])})


def _read(path: Path, keys: tuple[str, ...]) -> _SqlFile:
    lines = path.read_text(encoding="utf-8").splitlines()
    length = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    sections = _sections(path, lines[:length])
    header = sections[""]
    missing = [key for key in keys if not header.get(key)]
    if missing:
        raise ContractError(_place(path), f"no {', '.join(missing)} in the header", "a line like '-- title_zh: …'")
    sql = "\n".join(lines[length:]).strip().rstrip(";")
    if not sql:
        raise ContractError(_place(path), "no statement under the header", "one SELECT")
    return _SqlFile(header, sections["column"], sections["parameter"], sql)


def _sections(path: Path, lines: list[str]) -> dict[str, dict[str, str]]:
    """The header's own keys under "", its columns and its parameters."""
    sections: dict[str, dict[str, str]] = {"": {}, "column": {}, "parameter": {}}
    entries, key = sections[""], ""
    for line in lines:
        if (more := _CONTINUATION.fullmatch(line)) and key:
            entries[key] += ("" if entries[key].endswith(_ENDS_A_CHINESE_LINE) else " ") + more["value"]
            continue
        found = _HEADER_LINE.fullmatch(line)
        if not found:
            raise ContractError(_place(path), f"header line {line!r}", "'-- key: text', or '--   more of the text'")
        entries, key = sections[found["section"] or ""], found["key"]
        if key in entries:
            raise ContractError(_place(path), f"{key} twice in the header", "each key once")
        entries[key] = found["value"].strip()
    return sections


def _place(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
