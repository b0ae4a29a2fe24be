"""One refresh of a workspace at a time. The kernel frees the lock when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import RefreshBusyError


@contextmanager
def only_refresh(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; raises RefreshBusyError at once when another process holds it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefreshBusyError(
                str(path.parent), "another refresh of this workspace is running", remedy="wait for it to end"
            ) from error
        yield
