"""JSON: one object a line, or one document that holds a list of them. Numbers stay the very text that the file has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from schemas.errors import UnreadableFileError
from transforms.readers.encoding import Decoded, decode
from transforms.readers.table import ROW_NUMBER, HeaderNotFoundError, IsHeader, RawTable, frame_of

_BATCH = 10_000


class _DoubledKey(ValueError):
    pass


def read_json(
    path: Path,
    name: str,
    is_header: IsHeader,
    encoding: str | None = None,
    records: str | None = None,
    list_separator: str | None = None,
) -> RawTable:
    """The objects of a file as one table: nested objects as dotted columns, lists joined by `list_separator` or kept as JSON.

    `records`: dotted keys that lead to the list, in a document that is one object (`results.patents`).
    Raises UnreadableFileError naming the line that is no JSON object; HeaderNotFoundError.
    """
    decoded = decode(path.read_bytes(), name, encoding, lambda text: None)
    text = decoded.text
    blank_lines: list[int] = []
    if records or _is_one_document(text):
        values, counted = _document(text, name, records)
    else:
        values, counted = _lines(text, name, blank_lines), count_lines(text)
    header, rows = _frame(values, name, list_separator)
    if not is_header(header):
        raise HeaderNotFoundError(name, header)
    return RawTable(
        media="json",
        header=header,
        rows=rows,
        ragged=(),
        blank=len(blank_lines),
        counted=counted,
        encoding=decoded.encoding,
        remarks=decoded.remarks + _remarks(decoded),
    )


def _remarks(decoded: Decoded) -> tuple[str, ...]:
    return () if decoded.encoding.startswith("utf") else ("JSON that is not UTF-8",)


def _is_one_document(text: str) -> bool:
    start = text.lstrip()
    end = start.find("\n")
    return start.startswith("[") or not _parses(start if end < 0 else start[:end])


def _parses(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False  # a fact: the line alone is no JSON, so the document goes on
    return True


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_float=str, parse_int=str, parse_constant=_refuse_constant, object_pairs_hook=_each_key_once
    )


def _refuse_constant(constant: str) -> str:
    raise ValueError(f"{constant}, which is no JSON")


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DoubledKey(f"the key {next(key for key in keys if keys.count(key) > 1)} twice in one object")
    return found


def _lines(text: str, name: str, blank_lines: list[int]) -> Iterator[tuple[int, dict]]:
    scan = _decoder().scan_once
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()  # what follows the last line end is no record
    for number, line in enumerate(lines, start=1):
        line = line.strip(" \t\r")
        if not line:
            blank_lines.append(number)
            continue
        try:
            value, end = scan(line, 0)
        except (ValueError, RecursionError, StopIteration) as error:
            raise UnreadableFileError(
                name,
                f"line {number} is no JSON ({error})",
                "one JSON object a line",
                "mend that line, or export it again",
            ) from error
        if end != len(line):
            raise UnreadableFileError(
                name,
                f"line {number} is no JSON (something follows its value)",
                "one JSON object a line",
                "mend that line",
            )
        if not isinstance(value, dict):
            raise UnreadableFileError(name, f"line {number} is no object", "one JSON object a line", "export it again")
        yield number, value


def count_lines(text: str) -> int:
    """Line ends, for JSON writes none within a record: shares nothing with the parser."""
    return text.count("\n") + (text != "" and not text.endswith("\n"))


def _document(text: str, name: str, records: str | None) -> tuple[Iterator[tuple[int, dict]], int]:
    try:
        value = _decoder().decode(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(name, f"no JSON ({error})", "JSON", "export it again") from error
    for key in (records or "").split(".") if records else []:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise UnreadableFileError(
            name, "JSON without a list of objects where its records should be", f"a list at {records or 'the top'}"
        )
    return enumerate(value, start=1), count_objects(text, records)


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')


def count_objects(text: str, records: str | None) -> int:
    """Objects one step inside the list of records, by brackets and strings alone: shares nothing with the parser."""
    path = records.split(".") if records else []
    found, depth, matched, key, list_depth = 0, 0, 0, None, None
    if not path and text.lstrip().startswith("{"):
        return 1
    if not path:
        matched, list_depth = 0, 1
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "{[":
            depth += 1
            if list_depth is None and mark == "[" and matched == len(path) and depth == matched + 1:
                list_depth = depth
            elif list_depth is not None and mark == "{" and depth == list_depth + 1:
                found += 1
            elif list_depth is None and mark == "{" and matched == len(path) and depth == matched + 1:
                return 1  # one record and no list
        elif mark in "}]":
            if depth == list_depth and path:
                return found
            depth -= 1
        elif list_depth is None and matched < len(path) and depth == matched + 1:
            key = token[0][1:-1]
            if key == path[matched] and re.match(r"\s*:", text[token.end() : token.end() + 20]):
                matched += 1
    return found


# ── objects to columns ───────────────────────────────────────────────────────────────────────────────────────────


def _frame(values: Iterator[tuple[int, dict]], name: str, list_separator: str | None):
    """The names of all fields in order of their first appearance, and the rows."""
    header: dict[str, int] = {}
    batches: list[pl.DataFrame] = []
    while batch := list(islice(values, _BATCH)):
        columns = _columns_alike(batch, header, list_separator)
        if columns is None:
            columns = [[None] * len(batch) for _ in header]
            for index, (_, value) in enumerate(batch):
                _spread(value, "", index, len(batch), header, columns, list_separator)
        batches.append(frame_of([number for number, _ in batch], columns))
    rows = pl.concat(batches, how="diagonal") if batches else pl.DataFrame(schema={ROW_NUMBER: pl.Int64})
    return tuple(header), rows


def _columns_alike(batch: list[tuple[int, dict]], header: dict[str, int], list_separator: str | None):
    """The columns of objects that all have the same keys and nothing nested, which most files consist of; else None."""
    keys = set(map(tuple, (value for _, value in batch)))
    if len(keys) != 1:
        return None
    (names,) = keys
    if header and tuple(header) != names:
        return None
    columns = [_column(column, list_separator) for column in zip(*(value.values() for _, value in batch), strict=True)]
    if None in columns:
        return None
    header |= {name: index for index, name in enumerate(names)}
    return columns


def _column(values: tuple, list_separator: str | None) -> Sequence[str | None] | None:
    kinds = set(map(type, values))
    if dict in kinds:
        return None
    if kinds <= {str, type(None)}:
        return values
    return [_text(value, list_separator) for value in values]


def _text(value: str | bool | list | None, list_separator: str | None) -> str | None:
    if isinstance(value, list):
        return _list_text(value, list_separator)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and value else None


def _spread(value, prefix, index, height, header, columns, list_separator) -> None:
    for key, each in value.items():
        if type(each) is dict and each:
            _spread(each, f"{prefix}{key}.", index, height, header, columns, list_separator)
            continue
        text = _text(each, list_separator)
        column = header.get(prefix + key)
        if column is None:
            column = header[prefix + key] = len(header)
            columns.append([None] * height)
        columns[column][index] = text


def _list_text(values: list, separator: str | None) -> str | None:
    """Simple values joined, the rest as JSON; a list of nothing is no value."""
    kept = [value for value in values if value is not None and value != ""]
    if not kept:
        return None
    if separator is not None and all(isinstance(value, str) for value in kept):
        return separator.join(kept)
    return json.dumps(values, ensure_ascii=False)
