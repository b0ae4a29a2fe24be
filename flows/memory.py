"""Freed memory goes back to the system: glibc keeps what numpy and Python have freed, and a long run would seem to need it all."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Ask glibc to return what is free; elsewhere nothing is needed, and nothing happens."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
