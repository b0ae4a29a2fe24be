"""Frames laid down on the disk while others are made: `transforms.parts.Shelf` in a folder.

    <folder>/<name>/<part>/<piece>.parquet

Nothing here outlives its refresh, so nothing is flushed.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class Piece:
    """A frame that was laid down, and its rows."""

    path: Path
    rows: int

    def read(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        return pl.read_parquet(self.path, columns=columns)


class OnDisk:
    """A shelf in a folder of its own, which is made for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pieces: dict[str, dict[int, list[Piece]]] = {}

    def lay(self, name: str, part: int, frame: pl.DataFrame) -> None:
        laid = self._pieces.setdefault(name, {}).setdefault(part, [])
        path = self._folder / name / str(part) / f"{len(laid)}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Read once or twice: what compresses better takes more time than it saves.
        frame.write_parquet(path, compression="lz4", statistics=False)
        laid.append(Piece(path, frame.height))

    def parts(self, name: str) -> list[int]:
        return sorted(self._pieces.get(name, {}))

    def pieces(self, name: str, part: int) -> list[Piece]:
        """What was laid down of a part, piece by piece."""
        return self._pieces[name][part]

    def rows(self, name: str, part: int) -> int:
        return sum(piece.rows for piece in self.pieces(name, part))

    def take(self, name: str, part: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        return pl.concat(piece.read(columns) for piece in self.pieces(name, part))

    def clear(self, name: str) -> None:
        if self._pieces.pop(name, None):
            shutil.rmtree(self._folder / name)
