"""Groups: of whole columns of symbols, which groups of code patterns they fall under.

A batch spells each of its different symbols once, and looks it up once; what follows are numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import polars as pl
import pyarrow as pa

from transforms.matching import SymbolIndex
from transforms.symbols import is_usable, normalised

_COMPILED = {"cache": True, "nogil": True}
MOST_COUNTED = 65_535
_IPC, _CPC, _BOTH, _FIRST = range(4)
_FIELDS = {"IPC": _IPC, "CPC": _CPC, "IC": _BOTH, "ICF": _FIRST}


@dataclass(frozen=True)
class Symbols:
    """The symbols of a batch. `ipc`, `cpc`: (numbers, offsets), row r has numbers[offsets[r]:offsets[r + 1]].

    spelt: number -> normalised symbol; bits: the groups of each, eight to a byte. counts[column, row]: how many
    different symbols of the row's field fall under a group, with a column for each pair of field and group that was
    asked for. A record has codes where one symbol is usable.
    """

    ipc: tuple[np.ndarray, np.ndarray]
    cpc: tuple[np.ndarray, np.ndarray]
    spelt: list[str]
    bits: np.ndarray
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
        return _shown(*self.ipc, *self.cpc, self.bits, rows, sorted_requests)


def symbols_of(ipc: pl.Series, cpc: pl.Series, index: SymbolIndex, pairs: Sequence[tuple[str, int]]) -> Symbols:
    """The symbols of two columns of lists of symbols in any spelling; what is no symbol is left out.

    `pairs`: the fields and groups (by their bits) that rules and scores count.
    """
    (in_ipc, ipc_offsets), (in_cpc, cpc_offsets) = _flat(ipc), _flat(cpc)
    numbered = pa.concat_arrays([in_ipc, in_cpc]).dictionary_encode()
    symbols = [normalised(symbol) for symbol in numbered.dictionary.to_pylist()]
    numbers = {symbol: number for number, symbol in enumerate(dict.fromkeys(filter(None, symbols)))}
    spelling = np.array([*(numbers.get(symbol, -1) for symbol in symbols), -1], np.int32)
    each = spelling[numbered.indices.fill_null(len(symbols)).to_numpy(zero_copy_only=False)]
    width = len(index.group_bits) // 8 + 1
    bits = np.frombuffer(b"".join([index[symbol].to_bytes(width, "little") for symbol in numbers]), np.uint8)
    bits = bits.reshape(-1, width)
    usable = np.fromiter(map(is_usable, numbers), np.bool_, len(numbers))
    ipc_column = _without_gaps(each[: len(in_ipc)], ipc_offsets)
    cpc_column = _without_gaps(each[len(in_ipc) :], cpc_offsets)
    columns = {pair: column for column, pair in enumerate(pairs)}
    column_of = np.full((len(_FIELDS), 8 * width), -1, np.int32)
    for (field, group), column in columns.items():
        column_of[_FIELDS[field], group.bit_length() - 1] = column
    counts, has_codes = _counts(*ipc_column, *cpc_column, bits, usable, column_of, len(columns))
    return Symbols(ipc_column, cpc_column, list(numbers), bits, counts, has_codes, columns)


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
def _counts(ipc, ipc_offsets, cpc, cpc_offsets, bits, usable, column_of, columns):
    """(counts, has_codes) as Symbols has them."""
    rows = len(ipc_offsets) - 1
    counts = np.zeros((columns, rows), np.uint16)
    has_codes = np.zeros(rows, np.bool_)
    for row in range(rows):
        in_ipc, in_cpc = ipc[ipc_offsets[row] : ipc_offsets[row + 1]], cpc[cpc_offsets[row] : cpc_offsets[row + 1]]
        for at in range(len(in_ipc)):
            has_codes[row] |= usable[in_ipc[at]]
            if not _holds(in_ipc[:at], in_ipc[at]):
                _add(counts, column_of[_IPC], row, bits, in_ipc[at])
                _add(counts, column_of[_BOTH], row, bits, in_ipc[at])
        for at in range(len(in_cpc)):
            has_codes[row] |= usable[in_cpc[at]]
            if not _holds(in_cpc[:at], in_cpc[at]):
                _add(counts, column_of[_CPC], row, bits, in_cpc[at])
                if not _holds(in_ipc, in_cpc[at]):
                    _add(counts, column_of[_BOTH], row, bits, in_cpc[at])
        if len(in_cpc):
            _add(counts, column_of[_FIRST], row, bits, in_cpc[0])
        elif len(in_ipc):
            _add(counts, column_of[_FIRST], row, bits, in_ipc[0])
    return counts, has_codes


@numba.njit(**_COMPILED)
def _holds(symbols, symbol):
    for each in symbols:
        if each == symbol:
            return True
    return False


@numba.njit(**_COMPILED)
def _add(counts, column_of, row, bits, symbol):
    for byte in range(bits.shape[1]):
        if bits[symbol, byte]:
            for bit in range(8):
                column = column_of[8 * byte + bit]
                if column >= 0 and bits[symbol, byte] >> bit & 1 and counts[column, row] < MOST_COUNTED:
                    counts[column, row] += 1


@numba.njit(**_COMPILED)
def _shown(ipc, ipc_offsets, cpc, cpc_offsets, bits, rows, asked):
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
                    if is_of_field and bits[symbol, group >> 3] >> (group & 7) & 1:
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
