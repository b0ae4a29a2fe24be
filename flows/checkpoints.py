"""The named moments of a refresh at which it may be killed. In use nothing happens there; the survival tests kill, and look.

A step says `reached("name")` after each change on disk that the next start may find. The names are read from the code by
tests/survival, so that a new one is tried without being listed anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watcher = Callable[[str], None]
_watchers: list[Watcher] = []


def reached(name: str) -> None:
    """Tell whoever watches that this moment has come."""
    for watcher in _watchers:
        watcher(name)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Call `watcher` with the name of every moment that comes while this lasts, in whatever thread."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
