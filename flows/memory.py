"""What a run does with memory: it goes back to the system, and what stays for good is not looked through again."""

from __future__ import annotations

import ctypes
import gc
import sys


def give_back() -> None:
    """Ask glibc to return what numpy and Python have freed, which it would keep; elsewhere nothing is needed, and nothing happens."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def settle() -> None:
    """All that is loaded by now stays: the garbage collector need not go through it again, which costs half a CPU second a run.

    For a process that runs one command, once its modules are there.
    """
    gc.freeze()
