"""What an export format declares, and how a file's header finds its format.

An export is one file in `transforms/exports/` that holds `EXPORT = Export(...)`; the folder is the registry.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from schemas.errors import UnknownExportError

_BRACKETS_AND_SPACES = re.compile(r"[\s()\[\]【】〔〕{}]+")


def fold_header(header: str) -> str:
    """A header cell without what users and tools change: width, brackets, spaces, case."""
    return _BRACKETS_AND_SPACES.sub("", unicodedata.normalize("NFKC", header)).lower()


@dataclass(frozen=True)
class Field:
    """How one canonical column is read: from the first of `headers` that has a value, as `kind`."""

    kind: str
    headers: tuple[str, ...]
    codes: Mapping[str, str] = field(default_factory=dict)


def text(*headers: str) -> Field:
    return Field("text", headers)


def number(*headers: str) -> Field:
    return Field("number", headers)


def date(*headers: str) -> Field:
    return Field("date", headers)


def names(*headers: str) -> Field:
    return Field("names", headers)


def symbols(*headers: str) -> Field:
    return Field("symbols", headers)


def coded(headers: tuple[str, ...], codes: Mapping[str, str]) -> Field:
    """A column with a closed vocabulary; a value outside `codes` sets the row aside."""
    return Field("coded", headers, codes)


@dataclass(frozen=True)
class Export:
    """One export format of one tool.

    `recognised_by`: headers that must all stand in a file. `fields`: canonical column -> where it comes from.
    `ignored`: headers known and not used; a header neither mapped nor ignored is reported. `separator`: between several values
    of a cell. `nulls`: what the tool writes for nothing. `date_formats`: what its dates may look like, one per file.
    `precedence`: the lower, the earlier its values win when several files give the same publication.
    """

    title_zh: str
    title_en: str
    publisher: str
    recognised_by: tuple[str, ...]
    fields: Mapping[str, Field]
    ignored: tuple[str, ...]
    separator: str
    date_formats: tuple[str, ...]
    precedence: int
    nulls: tuple[str, ...] = ("", "-", "--")
    id: str = ""

    @property
    def known_headers(self) -> frozenset[str]:
        mapped = {fold_header(header) for entry in self.fields.values() for header in entry.headers}
        return frozenset(mapped | {fold_header(header) for header in self.ignored})

    def maps(self, header: str) -> bool:
        """Whether a column of this header is read."""
        return fold_header(header) in {fold_header(each) for field in self.fields.values() for each in field.headers}

    def fits(self, header: tuple[str | None, ...]) -> bool:
        folded = {fold_header(cell) for cell in header if cell}
        return all(fold_header(required) in folded for required in self.recognised_by)

    def unmapped(self, header: tuple[str, ...]) -> list[str]:
        return [cell for cell in header if cell and fold_header(cell) not in self.known_headers]


@cache
def exports() -> dict[str, Export]:
    """Every export of the cabinet by its id, which is its file's name."""
    import transforms.exports as cabinet

    found = {}
    for module in sorted(pkgutil.iter_modules(cabinet.__path__), key=lambda module: module.name):
        export = importlib.import_module(f"{cabinet.__name__}.{module.name}").EXPORT
        found[module.name] = _with_id(export, module.name)
    return found


def _with_id(export: Export, export_id: str) -> Export:
    from dataclasses import replace

    return replace(export, id=export_id)


def recognise(header: tuple[str | None, ...]) -> Export | None:
    """The export whose required headers all stand in `header`; of several, the one that knows most of its columns."""
    fitting = [export for export in exports().values() if export.fits(header)]
    folded = {fold_header(cell) for cell in header if cell}
    return max(fitting, key=lambda export: len(folded & export.known_headers), default=None)


def refusal(where: str, header: tuple[str, ...]) -> UnknownExportError:
    """The error for a header that fits no export, naming the nearest one and what it misses."""
    folded = [fold_header(cell) for cell in header if cell]
    nearest = max(exports().values(), key=lambda export: _likeness(folded, export))
    missing = [required for required in nearest.recognised_by if fold_header(required) not in folded]
    return UnknownExportError(
        where,
        f"a header that fits no export format: {', '.join(header[:12]) or 'nothing'}",
        f"nearest is {nearest.id} ({nearest.title_en}), which needs {', '.join(missing)}",
        "export it again with these columns, or add the format (CONTRIBUTING.md)",
    )


def _likeness(folded: list[str], export: Export) -> float:
    known = "\n".join(sorted(export.known_headers))
    hits = len(set(folded) & export.known_headers)
    return hits + difflib.SequenceMatcher(None, "\n".join(sorted(folded))[:2000], known[:2000]).ratio()
