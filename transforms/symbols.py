"""Classification symbols (IPC, CPC) in one spelling, and the patterns by which queries name groups of them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_GROUP = re.compile(r"([A-HY]\d{2}[A-Z])[\s\-]*0*(\d{1,4})\s*/\s*(\d{2,6})(?!\d)")
_ST8 = re.compile(r"([A-HY]\d{2}[A-Z])(\d{4})(\d{6})(?!\d)")
_MAIN_GROUP_ONLY = re.compile(r"([A-HY]\d{2}[A-Z])[\s\-]*0*(\d{1,4})(?!\d)")
_COARSE = re.compile(r"([A-HY](?:\d{2}[A-Z]?)?)$")
PATTERN = re.compile(r"[A-HY](?:\d{2}(?:[A-Z](?:\d{1,4}(?:\/\d{1,6})?)?)?)?\$?")


def normalise_symbol(text: str) -> str | None:
    """One symbol as "G06F9/50", a truncated one as far as it goes ("G06N10", "G06N"), None where it is no symbol.

    Takes the spellings of the export formats: spaces, "G06F-009/50", the fixed width of WIPO ST.8 ("G06F0009500000"),
    trailing edition and position marks ("G06F 9/50 (2006.01) I").
    """
    symbol = unicodedata.normalize("NFKC", text).strip().upper()
    if found := _GROUP.match(symbol):
        return f"{found[1]}{found[2]}/{found[3]}"
    if found := _ST8.match(symbol):
        return f"{found[1]}{int(found[2])}/{found[3].rstrip('0').ljust(2, '0')}"
    if found := _MAIN_GROUP_ONLY.match(symbol):
        return f"{found[1]}{found[2]}"
    found = _COARSE.match(symbol)
    return found[1] if found else None


@lru_cache(maxsize=500_000)
def normalised(symbol: str | None) -> str | None:
    """As normalise_symbol, of which the answers are remembered; None stays None."""
    return normalise_symbol(symbol) if symbol else None


def is_usable(symbol: str) -> bool:
    """Whether a normalised symbol says more than its subclass."""
    return len(symbol) > 4


def fits(symbol: str, pattern: str) -> bool:
    """Whether a normalised symbol falls under a pattern.

    "G06N10/20" takes itself and its digit extensions, "H10N70" its main group, "G06E" or "H10" whatever begins so, and
    a trailing $ the symbol alone. A digit extension need not be a child in the scheme: G06N3/0495 extends G06N3/049.
    """
    if pattern.endswith("$"):
        return symbol == pattern[:-1]
    if len(pattern) > 4 and "/" not in pattern:
        return symbol == pattern or symbol.startswith(f"{pattern}/")
    return symbol.startswith(pattern)
