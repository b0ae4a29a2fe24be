"""Values inside the lists that JSON and Parquet have in a column: names out of `[{"name": …}, …]`, the text of one language."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl

# ASCII's unit separator stands before every value that comes out of a list: such a value is whole, whatever signs are in it.
IN_LISTS = "\x1f"


def values_in_lists(
    cells: pl.Series, column: str = "", key: str | None = None, value: str | None = None, path: str | None = None
) -> pl.Series:
    """Each cell's values at `path`, IN_LISTS before each; of a list of objects only those whose `key` is `value`.

    A cell that is no JSON list stays as it is, null where a path leads into what has none.
    """
    steps = path.split(".") if path else []
    return pl.Series(cells.name, [_values(cell, key, value, steps) for cell in cells], dtype=pl.String)


def _values(cell: str | None, key: str | None, wanted: str | None, steps: list[str]) -> str | None:
    if cell is None:
        return None
    content = _parsed(cell)
    if content is None:
        return cell
    if key:
        content = [each for each in content if isinstance(each, dict) and each.get(key) == wanted]
    found = [value.replace(IN_LISTS, " ") for value in _at(content, steps)]
    return "".join(IN_LISTS + value for value in found) or None


def _parsed(cell: str) -> list | None:
    if not cell.startswith("["):
        return None
    try:
        content = json.loads(cell, parse_int=str, parse_float=str)
    except ValueError:
        return None  # a text that only begins like a list
    return content if isinstance(content, list) else None


def _at(content: object, steps: list[str]) -> Iterator[str]:
    if isinstance(content, list):
        for each in content:
            yield from _at(each, steps)
    elif steps and isinstance(content, dict):
        yield from _at(content.get(steps[0]), steps[1:])
    elif not steps and isinstance(content, str) and content:
        yield content
