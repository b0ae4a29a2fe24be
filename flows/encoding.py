"""Standard output that is not UTF-8, as in a GBK console: what its encoding cannot write gets a stand-in instead of ending the command."""

from __future__ import annotations

import codecs
import sys
from typing import TextIO

# ✓ and ✗ mean something, and so does ?: each has a sign of its own in whatever encoding.
_STAND_INS = {"✓": "√v", "✗": "×x"}
_NAME = "patnav-stand-in"


class StandIns:
    """The error handler of standard output and standard error from its making on. `told`: what to say of letters that are lost."""

    def __init__(self) -> None:
        self.told: str | None = None
        codecs.register_error(_NAME, self._replace)
        for stream in (sys.stdout, sys.stderr):
            if stream.errors == "strict" or not is_utf8(stream):
                stream.reconfigure(errors=_NAME)

    def _replace(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        letters = error.object[error.start : error.end]
        return "".join(self._stand_in(letter, error.encoding) for letter in letters), error.end

    def _stand_in(self, letter: str, encoding: str) -> str:
        for sign in _STAND_INS.get(letter, ""):
            if _can_write(sign, encoding):
                return sign
        self.told = (
            f"有字符无法以 {encoding} 写出，以 ? 代替 some letters cannot be written in {encoding} and stand as ?"
        )
        if not _is_utf8(encoding):  # which lacks nothing but the bytes of a file's name that are no letters at all
            self.told += "; PYTHONIOENCODING=utf-8 写出全部 writes them all"
        return "?"


def is_utf8(stream: TextIO) -> bool:
    return _is_utf8(stream.encoding or "utf-8")


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name == "utf-8"


def _can_write(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
