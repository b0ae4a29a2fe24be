"""The door that a warehouse is built from: one Parquet file per table, written piece by piece."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet

from schemas.errors import ContractError
from schemas.tables import TABLES


class Door:
    """A folder of tables that are being written; a context, at whose end they are whole.

    Pieces of a table are judged before, each by itself. That no key stands in two of them is judged here: where they follow
    one another in its order it is plain, else the keys are read again. Raises ContractError where one does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, pyarrow.parquet.ParquetWriter] = {}
        self._last: dict[str, object] = {}
        self._out_of_order: set[str] = set()

    def __enter__(self) -> Door:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()
        if kind is None:
            for name in sorted(self._out_of_order):
                self._require_keys_apart(name)

    def add(self, name: str, piece: pl.DataFrame) -> None:
        """One more piece of a table, sorted by its key."""
        rows = piece.to_arrow()
        if name not in self._writers:
            self._writers[name] = pyarrow.parquet.ParquetWriter(
                self._path(name), rows.schema, compression="zstd", compression_level=1
            )
        self._writers[name].write_table(rows)
        self._note_order(name, piece[TABLES[name].key[0]])

    def _note_order(self, name: str, keys: pl.Series) -> None:
        if keys.is_empty():
            return
        if name in self._last and not self._last[name] < keys[0]:
            self._out_of_order.add(name)
        self._last[name] = keys[-1]

    def _require_keys_apart(self, name: str) -> None:
        key = list(TABLES[name].key)
        repeated = pl.read_parquet(self._path(name), columns=key).filter(pl.struct(key).is_duplicated())
        if not repeated.is_empty():
            raise ContractError(name, f"the key {repeated.row(0)} in two parts", "one row per key")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"
