"""Files that are there whole and on the disk, or not at all: written apart, flushed, renamed."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import polars as pl

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
