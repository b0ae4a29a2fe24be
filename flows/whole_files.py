"""Files that are there whole and on the disk, or not at all: written apart, flushed, renamed."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from schemas.errors import WorkspaceError
from warehouse.flushing import flush


def apart(place: Path) -> Path:
    """Where to write what is then renamed to `place`: a name that no other thread, process or machine takes."""
    return place.with_name(f".{place.name}.{socket.gethostname()}-{os.getpid()}-{threading.get_ident()}.tmp")


def put(place: Path, frame: pl.DataFrame, metadata: dict[str, str] | None = None) -> None:
    """The frame as a Parquet file at `place`, which is replaced."""
    building = apart(place)
    frame.write_parquet(building, compression_level=1, metadata=metadata)
    flush(building)
    os.replace(building, place)


@contextmanager
def new_file(place: Path) -> Iterator[Path]:
    """Where to write what is put at `place` once it is whole; what was begun and not ended is removed. See `require_new`."""
    require_new(place)
    building = apart(place)
    try:
        yield building
        os.replace(building, place)
    finally:
        building.unlink(missing_ok=True)


def require_new(place: Path) -> None:
    """Raises WorkspaceError where a file that people fill in stands already: hours of their work may be in it."""
    if place.exists():
        raise WorkspaceError(
            str(place),
            "文件已存在 it is there already",
            "a new file: labels may stand in it",
            "另取文件名 name another",
        )
