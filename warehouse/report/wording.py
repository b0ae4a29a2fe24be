"""The words of the page in its language, and how values are written."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from string import Formatter

from warehouse.report.reading import Answer, Titles

WORDS = Path(__file__).with_name("words.toml")
LANGUAGES = ("zh", "en")
NOTHING = "—"
_AXIS = {"zh": (10_000, "万"), "en": (1_000, "k")}
_NOT_GROUPED = ("filing_year", "first_year", "last_year", "last_complete_year", "publication_lag_months")


@dataclass(frozen=True)
class Part:
    """A piece of a sentence; what comes from the data is set apart so that it cannot reorder the words around it."""

    text: str
    is_data: bool


Sentence = tuple[Part, ...]


@dataclass(frozen=True)
class Words:
    """`titles`: what the warehouse says of its columns."""

    language: str
    titles: Titles

    def __getitem__(self, key: str) -> str:
        return _entries()[key][self.language]

    def say(self, key: str, **values: object) -> Sentence:
        """The sentence of words.toml with its places filled; values are written as `written` writes them."""
        parts: list[Part] = []
        for text, name, _, _ in Formatter().parse(self[key]):
            if text:
                parts.append(Part(text, is_data=False))
            if name:
                parts.append(Part(self.written(name, values[name]), is_data=True))
        return tuple(parts)

    def one_of(self, row: dict[str, object], field: str) -> str:
        """A text that the row holds in both languages; the other one where this is empty."""
        own = row[f"{field}_{self.language}"]
        return str(own or row[f"{field}_zh"] or row[f"{field}_en"] or NOTHING)

    def code(self, field: str, value: object) -> str:
        """A coded value in words; a code that words.toml does not know stays as it is."""
        known = _codes().get(field, {}).get(str(value))
        return known[self.language] if known else str(value)

    def title(self, answer: Answer, column: str) -> str:
        """The short title of a column: what its comment says before the explanation."""
        comments = (self.titles.get(relation, {}).get(column) for relation in answer.relations)
        comment = next((comment for comment in comments if comment), None)
        if comment is None:
            return self.code("column", column)
        zh, _, en = comment.partition(" / ")
        if self.language == "zh":
            return zh.partition("：")[0].partition("，")[0]
        return en.partition(":")[0].partition(",")[0]

    def written(self, column: str, value: object) -> str:
        """A value as the page shows it. Shares are fractions of one and shown in per cent."""
        if value is None or value == [] or value == "":
            return NOTHING
        if isinstance(value, bool):
            return self["yes"] if value else self["no"]
        if isinstance(value, (int, float)):
            return self._number(column, value)
        if isinstance(value, datetime):
            return value.isoformat(" ", "seconds")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, (list, tuple)):
            return self["separator"].join(str(item) for item in value)
        return self.code(column, value)

    def _number(self, column: str, value: int | float) -> str:
        if column == "growth":
            return f"{100 * value:+.1f} %"
        if column.endswith(("share", "precision")):
            return f"{100 * value:.1f} %"
        if column.endswith(_NOT_GROUPED):
            return str(value)
        return f"{value:,}"

    def compact(self, number: int) -> str:
        """A round number for an axis."""
        step, unit = _AXIS[self.language]
        return f"{number / step:g}{unit}" if number >= 10_000 else f"{number:,}"


@cache
def _file() -> dict[str, dict]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def _entries() -> dict[str, dict[str, str]]:
    return _file()["words"]


def _codes() -> dict[str, dict[str, dict[str, str]]]:
    return _file()["codes"]
