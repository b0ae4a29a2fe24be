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

_METRIC_KEYS = ("title_zh", "title_en", "question_zh", "question_en", "figure", "grain", "conventions")
_CHECK_KEYS = ("severity", "title_zh", "title_en")
_SEVERITIES = ("error", "warning")
_HEADER_LINE = re.compile(r"--\s(column\s+)?(?P<key>\w+):\s*(?P<value>.*)")
_CONTINUATION = re.compile(r"--\s{2,}(?P<value>\S.*)")


@dataclass(frozen=True)
class MetricColumn:
    name: str
    title_zh: str
    title_en: str

    @property
    def comment(self) -> str:
        return f"{self.title_zh} / {self.title_en}"


@dataclass(frozen=True)
class Metric:
    """One file of the metrics cabinet; `metric` is the file's stem and the name of its view."""

    metric: str
    title_zh: str
    title_en: str
    question_zh: str
    question_en: str
    figure: str
    grain: str
    conventions: str
    columns: tuple[MetricColumn, ...]
    sql: str

    @property
    def comment(self) -> str:
        return f"{self.title_zh}：{self.question_zh} / {self.title_en}: {self.question_en}"


@dataclass(frozen=True)
class Check:
    """A SELECT of offending rows. Severity error stops the build, warning is kept in meta.check."""

    check: str
    severity: str
    title_zh: str
    title_en: str
    sql: str


@dataclass(frozen=True)
class _SqlFile:
    header: dict[str, str]
    columns: dict[str, str]
    sql: str


@cache
def metrics(directory: Path = METRICS) -> tuple[Metric, ...]:
    """Every metric of the cabinet by name. Raises ContractError naming the file whose header is not complete."""
    return tuple(_metric(path) for path in sorted(directory.glob("*.sql")))


@cache
def checks(directory: Path = CHECKS) -> tuple[Check, ...]:
    """Every check of the cabinet by name. Raises ContractError naming the file whose header is not complete."""
    return tuple(_check(path) for path in sorted(directory.glob("*.sql")))


def statement(name: str) -> str:
    """A query of the floor itself, kept as a file of `statements`."""
    return (FLOOR / "statements" / f"{name}.sql").read_text(encoding="utf-8")


def _metric(path: Path) -> Metric:
    file = _read(path, _METRIC_KEYS)
    columns = tuple(_metric_column(path, name, text) for name, text in file.columns.items())
    return Metric(metric=path.stem, columns=columns, sql=file.sql, **{key: file.header[key] for key in _METRIC_KEYS})


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


def _read(path: Path, keys: tuple[str, ...]) -> _SqlFile:
    lines = path.read_text(encoding="utf-8").splitlines()
    length = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    header, columns = _header(path, lines[:length])
    missing = [key for key in keys if not header.get(key)]
    if missing:
        raise ContractError(_place(path), f"no {', '.join(missing)} in the header", "a line like '-- title_zh: …'")
    sql = "\n".join(lines[length:]).strip().rstrip(";")
    if not sql:
        raise ContractError(_place(path), "no statement under the header", "one SELECT")
    return _SqlFile(header, columns, sql)


def _header(path: Path, lines: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    header: dict[str, str] = {}
    columns: dict[str, str] = {}
    entries, key = header, ""
    for line in lines:
        if (more := _CONTINUATION.fullmatch(line)) and key:
            entries[key] += " " + more["value"]
            continue
        found = _HEADER_LINE.fullmatch(line)
        if not found:
            raise ContractError(_place(path), f"header line {line!r}", "'-- key: text', or '--   more of the text'")
        entries, key = (columns if found[1] else header), found["key"]
        if key in entries:
            raise ContractError(_place(path), f"{key} twice in the header", "each key once")
        entries[key] = found["value"].strip()
    return header, columns


def _place(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
