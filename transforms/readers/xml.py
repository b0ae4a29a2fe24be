"""XML records, read one at a time: a file may hold one document or thousands one after the other, as patent offices publish them."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder

import polars as pl

from schemas.errors import UnreadableFileError
from transforms.readers.limits import Limits
from transforms.readers.markup import CHUNK, parse, safe_parser
from transforms.readers.table import ROW_NUMBER, Sheet, empty_as_null

_SPACES = re.compile(r"\s+")
_BATCH = 5_000


@dataclass(frozen=True)
class XmlRecords:
    """How records stand in XML. `element`: the record's local name (namespaces do not count).

    `columns`: column -> path below the record (`publication-reference/document-id/doc-number`; `.//` for anywhere below,
    `[@name='value']` as in ElementPath, `/@name` at the end for an attribute, `@name` alone for the record's own). A template after
    `: ` puts each element's text together out of paths below it: `document-id: {country}{doc-number}{kind}`; what is not there is
    left out, and a value of which nothing is there is none. Without any columns, every path that holds text is one, named by its
    elements joined by dots.
    `separator`: between the texts of several elements of one path; without one they are kept as a JSON list.
    """

    element: str
    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None


def read_xml(path: Path, name: str, limits: Limits, kinds: tuple[XmlRecords, ...]) -> list[Sheet]:
    """A sheet per kind of record that occurs. Raises UnreadableFileError, UnsafeMarkupError."""
    if not kinds:
        raise UnreadableFileError(
            name, "XML", "a format that says which elements are its records", "export it as XLSX or CSV"
        )
    counts = count_records(path, [kind.element for kind in kinds])
    gathered = {kind.element: _Gathered(kind) for kind in kinds}
    for record in _records(path, name, frozenset(gathered)):
        gathered[record.tag].add(record)
    if not any(each.places for each in gathered.values()):
        raise UnreadableFileError(
            name,
            "XML without a known kind of record",
            f"one of the elements {', '.join(gathered)}",
            "see docs/exports.md",
        )
    return [each.sheet(counts[element]) for element, each in gathered.items() if each.places]


def _records(path: Path, name: str, wanted: frozenset[str]) -> Iterator[Element]:
    for document in _documents(path):
        reader = _Reader(name, wanted)
        for chunk in document:
            reader.feed(chunk)
            yield from reader.finished()
        reader.close()
        yield from reader.finished()


class _Reader:
    """Builds the tree of each record and of nothing else; tags and attributes lose their namespaces."""

    def __init__(self, name: str, wanted: frozenset[str]) -> None:
        self.name, self.wanted = name, wanted
        self.parser = safe_parser(name)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.SkippedEntityHandler = self._unknown
        self.builder: TreeBuilder | None = None
        self.depth = 0
        self.done: list[Element] = []

    def feed(self, chunk: bytes) -> None:
        parse_some(self.parser, chunk, self.name)

    def close(self) -> None:
        parse(self.parser, iter(()), self.name)

    def finished(self) -> list[Element]:
        done, self.done = self.done, []
        return done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if self.builder is None:
            if tag not in self.wanted:
                return
            self.builder, self.depth = TreeBuilder(), 0
        self.depth += 1
        self.builder.start(tag, {key.rpartition(":")[2]: value for key, value in attributes.items()})

    def _end(self, tag: str) -> None:
        if self.builder is None:
            return
        self.builder.end(tag.rpartition(":")[2])
        self.depth -= 1
        if self.depth == 0:
            self.done.append(self.builder.close())
            self.builder = None

    def _data(self, text: str) -> None:
        if self.builder is not None:
            self.builder.data(text)

    def _unknown(self, entity: str, is_parameter: bool) -> None:
        # A named character of the DTD: kept as it is written, so that nobody takes the text for whole without it.
        if self.builder is not None and not is_parameter:
            self.builder.data(f"&{entity};")


def parse_some(parser, chunk: bytes, name: str) -> None:
    from xml.parsers import expat

    try:
        parser.Parse(chunk, False)
    except expat.ExpatError as error:
        raise UnreadableFileError(
            name, f"markup that breaks off or is wrong ({error})", "XML", "export it again"
        ) from error


_DECLARATION = b"<?xml "


def _documents(path: Path) -> Iterator[Iterator[bytes]]:
    """The documents of a file: each begins at an XML declaration."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        starts = [match.start() for match in re.finditer(re.escape(_DECLARATION), data)]
        if not starts or data[: starts[0]].strip(b"\xef\xbb\xbf \t\r\n"):
            starts = [0, *starts]
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
            yield (data[place : min(place + CHUNK, end)] for place in range(start, end, CHUNK))


class _Gathered:
    """Records of one kind, in columns by name."""

    def __init__(self, kind: XmlRecords) -> None:
        self.kind = kind
        self.places: list[int] = []
        self.header: dict[str, None] = dict.fromkeys(kind.columns)
        self.rows: list[dict[str, str | None]] = []
        self.batches: list[pl.DataFrame] = []

    def add(self, record: Element) -> None:
        self.places.append(len(self.places) + 1)
        kind = self.kind
        found = (
            {column: _at(record, path, kind.separator) for column, path in kind.columns.items()}
            if kind.columns
            else _flat(record, kind.separator)
        )
        self.header |= dict.fromkeys(found)
        self.rows.append(found)
        if len(self.rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        names = list(self.header)
        columns = {name: pl.Series([row.get(name) for row in self.rows], dtype=pl.String) for name in names}
        self.batches.append(pl.DataFrame(columns))
        self.rows = []

    def sheet(self, counted: int) -> Sheet:
        self._flush()
        frame = pl.concat(self.batches, how="diagonal").select(list(self.header))
        frame = frame.rename({name: f"c{index}" for index, name in enumerate(self.header)}).with_columns(
            empty_as_null()
        )
        frame = frame.select(pl.Series(ROW_NUMBER, self.places, dtype=pl.Int64), pl.all())
        return Sheet(self.kind.element, frame, frame.height, counted, header=tuple(self.header))


def text_of(element: Element) -> str:
    """All text below an element, in order, with single spaces."""
    return _SPACES.sub(" ", "".join(element.itertext())).strip()


def _at(record: Element, path: str, separator: str | None) -> str | None:
    path, _, template = path.partition(": ")
    texts = _texts(record, path)
    if template:
        texts = [_composed(element, template) for element in (record.findall(path) if path != "." else [record])]
    return _joined([text for text in texts if text], separator)


def _texts(record: Element, path: str) -> list[str | None]:
    path, _, attribute = path.rpartition("@") if re.search(r"(^|/)@[\w-]+$", path) else (path, "", "")
    path = path.rstrip("/")
    elements = record.findall(path) if path else [record]
    return [element.get(attribute) if attribute else text_of(element) for element in elements]


_PLACE = re.compile(r"\{([^}]+)\}")


def _composed(element: Element, template: str) -> str | None:
    """The template filled with the first text at each of its paths below `element`."""
    found = {path: next(filter(None, _texts(element, path)), "") for path in _PLACE.findall(template)}
    if not any(found.values()):
        return None
    return _SPACES.sub(" ", _PLACE.sub(lambda place: found[place[1]], template)).strip()


def _joined(texts: list[str], separator: str | None) -> str | None:
    if len(texts) <= 1:
        return texts[0] if texts else None
    return separator.join(texts) if separator is not None else json.dumps(texts, ensure_ascii=False)


def _flat(record: Element, separator: str | None) -> dict[str, str | None]:
    found: dict[str, list[str]] = {}
    _gather(record, "", found)
    return {path: _joined(texts, separator) for path, texts in found.items()}


def _gather(element: Element, path: str, found: dict[str, list[str]]) -> None:
    for key, value in element.attrib.items():
        found.setdefault(f"{path}.@{key}".lstrip("."), []).append(value)
    own = element.text and element.text.strip()
    mixed = own or any(child.tail and child.tail.strip() for child in element)
    if mixed:  # a paragraph: what is set in italics belongs to its sentence
        found.setdefault(path or "text", []).append(text_of(element))
        return
    for child in element:
        _gather(child, f"{path}.{child.tag}".lstrip("."), found)


# ── the second count ─────────────────────────────────────────────────────────────────────────────────────────────


def count_records(path: Path, elements: list[str]) -> dict[str, int]:
    """Start tags of each record element, by a pattern over the bytes that passes over comments and CDATA."""
    names = "|".join(re.escape(element) for element in elements).encode()
    pattern = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?:[\w.-]+:)?(" + names + rb")(?=[\s/>])", re.DOTALL)
    counts = dict.fromkeys(elements, 0)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in pattern.finditer(data):
            if match[1]:
                counts[match[1].decode()] += 1
    return counts
