"""What an export format declares, how a file's header finds its format, and how a changed header is told.

An export is one file in `transforms/exports/` that holds `EXPORT = Export(...)`; the folder is the registry.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

from schemas.errors import UnknownExportError

_CHANGED_BY_USERS = re.compile(r"[\s()\[\]【】〔〕{}/_.‐-―-]+")
# Row counts at which tools cut an export off. Which of them a tool uses, its own file says.
COMMON_CAPS = (500, 1_000, 2_000, 10_000, 20_000, 50_000)
LOOKS_RENAMED = 0.6


@lru_cache(maxsize=4096)
def fold_header(header: str) -> str:
    """A header cell without what users and tools change: width, brackets, blanks, slashes, dashes, case."""
    return _CHANGED_BY_USERS.sub("", unicodedata.normalize("NFKC", header)).lower()


_INTO_LISTS = re.compile(r"^(?P<column>[^\[\]]+)\[(?:(?P<key>\w+)=(?P<value>\w+))?\](?:\.(?P<path>[\w.]+))?$")


def into_lists(header: str) -> re.Match | None:
    """`column`, `key`, `value` and `path` of a header that leads into the lists of a column; None for a plain header."""
    return _INTO_LISTS.match(header)


def column_of(header: str) -> str:
    """The column of a file that a declared header is read from."""
    path = into_lists(header)
    return path["column"] if path else header


@dataclass(frozen=True)
class Field:
    """How one canonical column is read: from the first of `headers` that has a value, as `kind`.

    `codes`: a closed vocabulary, or for names what a value is replaced by. `otherwise`: what a value outside a vocabulary stands
    for; without it such a value sets the row aside. `separator`: where it differs from the export's. `cut`: a pattern taken out of
    every value.
    """

    kind: str
    headers: tuple[str, ...]
    codes: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    separator: str | tuple[str, ...] | None = None
    cut: str | None = None


def text(*headers: str) -> Field:
    return Field("text", headers)


def number(*headers: str) -> Field:
    return Field("number", headers)


def date(*headers: str) -> Field:
    return Field("date", headers)


def earliest(*headers: str) -> Field:
    """The earliest of all days that stand in any of `headers`."""
    return Field("earliest", headers)


def names(
    *headers: str,
    separator: str | tuple[str, ...] | None = None,
    cut: str | None = None,
    codes: Mapping[str, str] | None = None,
) -> Field:
    return Field("names", headers, codes or {}, separator=separator, cut=cut)


def symbols(*headers: str, separator: str | tuple[str, ...] | None = None, cut: str | None = None) -> Field:
    return Field("symbols", headers, separator=separator, cut=cut)


def coded(headers: tuple[str, ...], codes: Mapping[str, str], otherwise: str | None = None) -> Field:
    """A column with a vocabulary; a value outside `codes` sets the row aside, or is read as `otherwise`."""
    return Field("coded", headers, codes, otherwise)


Required = str | tuple[str, ...]


@dataclass(frozen=True)
class Export:
    """One export format of one tool.

    `recognised_by`: headers that must all stand in a file; a tuple stands for any one of its headers. `fields`: canonical column ->
    where it comes from. `ignored`: headers known and not used; a header neither mapped nor ignored is reported. `extra`: headers
    that analysts add, kept in the landing as they are. `generations`: the columns the tool writes, by name of the generation; empty
    where its users choose them. `separator`: between several values of a cell. `nulls`: what the tool writes for nothing.
    `date_formats`: what its dates may look like, one per file. `precedence`: the lower, the earlier its values win when several
    files give the same publication. `caps`: numbers of rows at which the tool cuts off.
    `numbered_by`: `publication`, or `filing` for lists that state application numbers only, of `office` where they do not say, or
    `publication_or_filing` where each record has a publication number once it has been published.
    `application_rule`: (pattern, replacement) that turns the office's own application number into one that tells its office's form.
    `unfolds`: columns whose cells list one value per publication of the record, the number first.
    `year_of_short_dates`: the header of the full year of publication, where dates are written with two digits of theirs.
    `xml_element`: the element that is a record of an XML export; its headers are then paths as `XmlRecords` has them.
    `json_records`: dotted keys to the list of records in a JSON document; any of them may stand in a file.
    A header `column[].key` or `column[language=en].key` is a path into the lists that JSON and Parquet have in a column.
    `is_tried`: whether a real file of the format has been read.
    """

    title_zh: str
    title_en: str
    publisher: str
    recognised_by: tuple[Required, ...]
    fields: Mapping[str, Field]
    ignored: tuple[str, ...]
    separator: str | tuple[str, ...]
    date_formats: tuple[str, ...]
    precedence: int
    nulls: tuple[str, ...] = ("", "-", "--")
    extra: tuple[str, ...] = ()
    generations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caps: tuple[int, ...] = COMMON_CAPS
    numbered_by: str = "publication"
    office: str | None = None
    unfolds: tuple[str, ...] = ()
    year_of_short_dates: str | None = None
    application_rule: tuple[str, str] | None = None
    xml_element: str | None = None
    json_records: tuple[str, ...] = ()
    is_tried: bool = True
    id: str = ""

    @cached_property
    def mapped_headers(self) -> frozenset[str]:
        return frozenset(fold_header(column_of(header)) for entry in self.fields.values() for header in entry.headers)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every header of the fields once, in their order."""
        return tuple(dict.fromkeys(header for entry in self.fields.values() for header in entry.headers))

    @cached_property
    def known_headers(self) -> frozenset[str]:
        return self.mapped_headers | {fold_header(header) for header in (*self.ignored, *self.extra)}

    def maps(self, header: str) -> bool:
        """Whether a column of this header is read."""
        return fold_header(header) in self.mapped_headers

    def lacks(self, header: Iterable[str | None]) -> list[Required]:
        """The required headers that do not stand in `header`."""
        folded = {fold_header(cell) for cell in header if cell}
        return [required for required in self.recognised_by if not folded & set(map(fold_header, _any_of(required)))]

    def fits(self, header: tuple[str | None, ...]) -> bool:
        return not self.lacks(header)

    def unmapped(self, header: tuple[str, ...]) -> list[str]:
        return [cell for cell in header if cell and fold_header(cell) not in self.known_headers]


def _any_of(required: Required) -> tuple[str, ...]:
    return (required,) if isinstance(required, str) else required


@cache
def exports() -> dict[str, Export]:
    """Every export of the cabinet by its id, which is its file's name."""
    import transforms.exports as cabinet

    found = {}
    for module in sorted(pkgutil.iter_modules(cabinet.__path__), key=lambda module: module.name):
        export = importlib.import_module(f"{cabinet.__name__}.{module.name}").EXPORT
        found[module.name] = replace(export, id=module.name)
    return found


def recognise(header: tuple[str | None, ...], own: tuple[Export, ...] = ()) -> Export | None:
    """The export whose required headers all stand in `header`; of several, the one that knows most of its columns.

    `own`: exports that the workspace declares, which go before those of the cabinet.
    """
    folded = {fold_header(cell) for cell in header if cell}
    for known in (own, tuple(exports().values())):
        fitting = [export for export in known if export.fits(header)]
        if fitting:
            return max(fitting, key=lambda export: len(folded & export.known_headers))
    return None


@dataclass(frozen=True)
class Drift:
    """How a header differs from what a tool is known to write. `renamed`: (known, found) pairs that look alike, a guess."""

    missing: tuple[str, ...]
    new: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "; ".join(self.told)

    @property
    def told(self) -> tuple[str, ...]:
        """One sentence per column."""
        return (
            *(f"renamed? {known} → {found}" for known, found in self.renamed),
            *(f"missing: {header}" for header in self.missing),
            *(f"new: {header}" for header in self.new),
        )


def drift(header: tuple[str, ...], export: Export) -> Drift:
    """`header` against the nearest generation of `export`, column by column."""
    folded = {fold_header(cell) for cell in header if cell}
    expected = max(
        export.generations.values(), key=lambda columns: _fitting_share(folded, columns), default=export.recognised_by
    )
    missing = [_any_of(column)[0] for column in expected if not folded & _spellings(column, export)]
    new = export.unmapped(header)
    renamed = _look_alikes(missing, new)
    return Drift(
        tuple(column for column in missing if column not in dict(renamed)),
        tuple(column for column in new if column not in {found for _, found in renamed}),
        renamed,
    )


def _spellings(column: Required, export: Export) -> set[str]:
    """`column` and the headers that the export reads in its place."""
    own = set(map(fold_header, _any_of(column)))
    for entry in export.fields.values():
        headers = {fold_header(column_of(header)) for header in entry.headers}
        if own & headers:
            own |= headers
    return own


def _fitting_share(folded: set[str], columns: tuple[Required, ...]) -> float:
    own = {fold_header(column) for column in columns}
    return len(own & folded) / len(own | folded)


def _look_alikes(missing: list[str], new: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of a missing and a new header, the likest first, each header in one pair at most."""
    likeness = sorted(
        ((difflib.SequenceMatcher(None, fold_header(a), fold_header(b)).ratio(), a, b) for a in missing for b in new),
        reverse=True,
    )
    pairs: dict[str, str] = {}
    for ratio, known, found in likeness:
        if ratio >= LOOKS_RENAMED and known not in pairs and found not in pairs.values():
            pairs[known] = found
    return tuple((known, pairs[known]) for known in missing if known in pairs)


def refusal(where: str, header: tuple[str, ...], own: tuple[Export, ...] = ()) -> UnknownExportError:
    """The error for a header that fits no export: the nearest one, what it misses and how the columns differ."""
    folded = {fold_header(cell) for cell in header if cell}
    # What XML holds is told by its elements, and no table is near to their paths.
    candidates = (*own, *(export for export in exports().values() if not export.xml_element))
    nearest = max(candidates, key=lambda export: _likeness(folded, header, export))
    needed = ", ".join(" or ".join(_any_of(required)) for required in nearest.lacks(header))
    told = _told_of_refused(header, nearest) if folded & nearest.known_headers else ""
    return UnknownExportError(
        where,
        f"a header that fits no export format: {', '.join(header[:12]) or 'nothing'}",
        f"nearest is {nearest.id} ({nearest.title_en}), which needs {needed}{told}",
        "export it again with these columns, map them in the workspace's sources.toml, or add the format (CONTRIBUTING.md)",
    )


def _told_of_refused(header: tuple[str, ...], nearest: Export) -> str:
    lacking = [_any_of(required)[0] for required in nearest.lacks(header)]
    new = nearest.unmapped(header)
    renamed = _look_alikes(lacking, new)
    found = {found for _, found in renamed}
    told = Drift((), tuple(column for column in new if column not in found), renamed)
    return f" ({told})" if told.told else ""


def _likeness(folded: set[str], header: tuple[str, ...], export: Export) -> tuple[float, float]:
    """How many of its columns are known and, of equals, how few required ones are lacking."""
    hits = len(folded & export.known_headers)
    lacking = len(export.lacks(header)) / len(export.recognised_by)
    renamed = len(_look_alikes([_any_of(each)[0] for each in export.lacks(header)], export.unmapped(header)))
    return hits + renamed - lacking, -len(export.known_headers)


def is_at_cap(export: Export, records: int) -> bool:
    """Whether a file has exactly as many records as its tool gives out at most."""
    return records in export.caps
