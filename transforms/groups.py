"""Groups: of whole columns of symbols, which groups of code patterns they fall under.

A batch spells each of its different symbols once, and looks it up once; what follows are numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import numba
import numpy as np
import polars as pl
import pyarrow as pa

from transforms.matching import SymbolIndex
from transforms.symbols import is_usable, normalise_symbol

_COMPILED = {"cache": True, "nogil": True}
MOST_COUNTED = 65_535
_REMEMBERED = 500_000  # spellings, so that memory does not grow with the number of records
_IPC, _CPC, _BOTH, _FIRST = range(4)
_FIELDS = {"IPC": _IPC, "CPC": _CPC, "IC": _BOTH, "ICF": _FIRST}


@dataclass(frozen=True)
class Symbols:
    """The symbols of a batch. `ipc`, `cpc`: (numbers, offsets), row r has numbers[offsets[r]:offsets[r + 1]].

    counts[column, row]: how many different symbols of the row's field fall under a group, with a column for each pair
    of field and group that was asked for. A record has codes where one symbol is usable.
    """

    ipc: tuple[np.ndarray, np.ndarray]
    cpc: tuple[np.ndarray, np.ndarray]
    known: Known
    counts: np.ndarray
    has_codes: np.ndarray
    columns: dict[tuple[str, int], int]

    def count(self, field: str, group: int) -> np.ndarray:
        """Different symbols of a field under a group (by its bit), for every row."""
        return self.counts[self.columns[field, group]]

    def shown(self, rows: np.ndarray, asked: list[tuple[np.ndarray, str, int]]) -> np.ndarray:
        """What to show a reader: (request, 0 IPC or 1 CPC, position, symbol number), in order.

        A request is one row; `asked` are requests with the field and the group (by its bit) that they ask for.
        """
        wanted = [
            np.column_stack(np.broadcast_arrays(requests, _FIELDS[field], group.bit_length() - 1))
            for requests, field, group in asked
        ]
        sorted_requests = np.unique(np.concatenate([np.zeros((0, 3), np.int64), *wanted]), axis=0)
        return _shown(*self.ipc, *self.cpc, self.known.first_group, self.known.groups, rows, sorted_requests)

    def spelling(self, numbers: np.ndarray) -> pl.Series:
        """The normalised symbols of these numbers."""
        return pl.Series(list(self.known.spelt), dtype=pl.String).gather(numbers)


class SymbolTable:
    """The symbols that were met so far, by number: each is spelt and looked up once, not once a batch."""

    def __init__(self, index: SymbolIndex, pairs: Sequence[tuple[str, int]]) -> None:
        """`pairs`: the fields and groups (by their bits) that rules and scores count."""
        self._index, self._lock = index, Lock()
        self.columns = {pair: column for column, pair in enumerate(pairs)}
        self.column_of = np.full((len(_FIELDS), len(index.group_bits)), -1, np.int32)
        for (field, group), column in self.columns.items():
            self.column_of[_FIELDS[field], group.bit_length() - 1] = column
        self._forget()

    def _forget(self) -> None:
        self._numbers: dict[str | None, int] = {None: -1}  # in any spelling; what is no symbol has -1
        self._spelt: dict[str, int] = {}
        self._first_group, self._groups = np.zeros(1, np.int32), np.zeros(0, np.int16)
        self._usable = np.zeros(0, np.bool_)

    def look_up(self, symbols: list[str | None]) -> tuple[np.ndarray, Known]:
        """Numbers of symbols in any spelling, and what is known of all numbers."""
        with self._lock:
            if len(self._numbers) > _REMEMBERED:
                self._forget()
            if new := [symbol for symbol in symbols if symbol not in self._numbers]:
                self._learn(new)
            numbers = np.fromiter(map(self._numbers.__getitem__, symbols), np.int32, len(symbols))
            return numbers, Known(self._spelt, self._first_group, self._groups, self._usable)

    def _learn(self, symbols: list[str]) -> None:
        spelt = {symbol: normalise_symbol(symbol) for symbol in symbols}
        new = [symbol for symbol in dict.fromkeys(spelt.values()) if symbol and symbol not in self._spelt]
        self._spelt = self._spelt | {symbol: number for number, symbol in enumerate(new, len(self._spelt))}
        self._numbers |= {symbol: self._spelt.get(normal, -1) for symbol, normal in spelt.items()}
        groups = [_numbers_of_bits(self._index[symbol]) for symbol in new]
        ends = self._first_group[-1] + np.cumsum([len(each) for each in groups], dtype=np.int32)
        self._first_group = np.concatenate([self._first_group, ends])
        self._groups = np.concatenate([self._groups, np.array([g for each in groups for g in each], np.int16)])
        self._usable = np.concatenate([self._usable, np.array([is_usable(symbol) for symbol in new], np.bool_)])


class Known(NamedTuple):
    """Symbols by number: normalised symbol -> number, where the groups of each number begin, whether it is usable."""

    spelt: dict[str, int]
    first_group: np.ndarray
    groups: np.ndarray
    usable: np.ndarray


def _numbers_of_bits(union: int) -> list[int]:
    return [number for number in range(union.bit_length()) if union >> number & 1]


def symbols_of(ipc: pl.Series, cpc: pl.Series, table: SymbolTable) -> Symbols:
    """The symbols of two columns of lists of symbols in any spelling; what is no symbol is left out."""
    (in_ipc, ipc_offsets), (in_cpc, cpc_offsets) = _flat(ipc), _flat(cpc)
    different = pa.concat_arrays([in_ipc, in_cpc]).dictionary_encode(null_encoding="encode")
    numbers, known = table.look_up(different.dictionary.to_pylist())
    each = numbers[different.indices.to_numpy()]
    ipc_column = _without_gaps(each[: len(in_ipc)], ipc_offsets)
    cpc_column = _without_gaps(each[len(in_ipc) :], cpc_offsets)
    counts, has_codes = _counts(
        *ipc_column, *cpc_column, known.first_group, known.groups, known.usable, table.column_of, len(table.columns)
    )
    return Symbols(ipc_column, cpc_column, known, counts, has_codes, table.columns)


def _flat(lists: pl.Series) -> tuple[pa.Array, np.ndarray]:
    """All symbols of a column, and where those of each row begin."""
    lengths = lists.list.len().fill_null(0).to_numpy()
    symbols = lists.filter(lists.list.len() > 0).explode()
    return (
        symbols.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string()),
        np.cumsum(np.concatenate([[0], lengths]), dtype=np.int64),
    )


def _without_gaps(numbers: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    is_symbol = numbers >= 0
    return numbers[is_symbol], np.concatenate([[0], np.cumsum(is_symbol)])[offsets]


@numba.njit(**_COMPILED)
def _counts(ipc, ipc_offsets, cpc, cpc_offsets, first_group, groups, usable, column_of, columns):
    """(counts, has_codes) as Symbols has them."""
    rows = len(ipc_offsets) - 1
    counts = np.zeros((columns, rows), np.uint16)
    has_codes = np.zeros(rows, np.bool_)
    for row in range(rows):
        in_ipc, in_cpc = ipc[ipc_offsets[row] : ipc_offsets[row + 1]], cpc[cpc_offsets[row] : cpc_offsets[row + 1]]
        for at in range(len(in_ipc)):
            has_codes[row] |= usable[in_ipc[at]]
            if not _holds(in_ipc[:at], in_ipc[at]):
                _add(counts, column_of[_IPC], row, first_group, groups, in_ipc[at])
                _add(counts, column_of[_BOTH], row, first_group, groups, in_ipc[at])
        for at in range(len(in_cpc)):
            has_codes[row] |= usable[in_cpc[at]]
            if not _holds(in_cpc[:at], in_cpc[at]):
                _add(counts, column_of[_CPC], row, first_group, groups, in_cpc[at])
                if not _holds(in_ipc, in_cpc[at]):
                    _add(counts, column_of[_BOTH], row, first_group, groups, in_cpc[at])
        if len(in_cpc):
            _add(counts, column_of[_FIRST], row, first_group, groups, in_cpc[0])
        elif len(in_ipc):
            _add(counts, column_of[_FIRST], row, first_group, groups, in_ipc[0])
    return counts, has_codes


@numba.njit(**_COMPILED)
def _holds(symbols, symbol):
    for each in symbols:  # noqa: SIM110  numba compiles no any() over a generator
        if each == symbol:
            return True
    return False


@numba.njit(**_COMPILED)
def _add(counts, column_of, row, first_group, groups, symbol):
    for at in range(first_group[symbol], first_group[symbol + 1]):
        column = column_of[groups[at]]
        if column >= 0 and counts[column, row] < MOST_COUNTED:
            counts[column, row] += 1


@numba.njit(**_COMPILED)
def _shown(ipc, ipc_offsets, cpc, cpc_offsets, first_group, groups, rows, asked):
    shown = np.empty((16, 4), np.int64)
    count = begin = 0
    while begin < len(asked):
        end = begin
        while end < len(asked) and asked[end, 0] == asked[begin, 0]:
            end += 1
        row = rows[asked[begin, 0]]
        in_ipc, in_cpc = ipc[ipc_offsets[row] : ipc_offsets[row + 1]], cpc[cpc_offsets[row] : cpc_offsets[row + 1]]
        first = in_cpc[0] if len(in_cpc) else in_ipc[0] if len(in_ipc) else -1
        for name in (_IPC, _CPC):
            symbols = in_ipc if name == _IPC else in_cpc
            for position in range(len(symbols)):
                symbol = symbols[position]
                is_first = position == 0 and symbol == first
                for each in range(begin, end):
                    field, group = asked[each, 1], asked[each, 2]
                    is_of_field = field in (name, _BOTH) or (field == _FIRST and is_first)
                    if is_of_field and _holds(groups[first_group[symbol] : first_group[symbol + 1]], group):
                        if count == len(shown):
                            wider = np.empty((2 * count, 4), np.int64)
                            wider[:count] = shown
                            shown = wider
                        shown[count, 0], shown[count, 1] = asked[begin, 0], name
                        shown[count, 2], shown[count, 3] = position, symbol
                        count += 1
                        break
        begin = end
    return shown[:count].copy()
