"""Misspelt names: a rare spelling that is a slip of a frequent one is brought to it, everything less sure is only suggested.

A slip is told by the edit distance of whole names (optimal string alignment: insert, delete, replace, swap two neighbours),
by where it stands and by how often each spelling occurs. The thresholds are stated below and tested; what stays under them
is a suggestion for a person, never a merge.
"""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from transforms.names import name_words

# A merge needs this similarity (1 - edits / length of the longer key) and every word within the edits of its length.
MERGE_FROM = 0.90
SUGGEST_FROM = 0.85
# Below this length one letter makes another name: Intel and Inter, Nokia and Nokla.
LEAST_KEY_LENGTH = 7
# Two names of like frequency are two surnames, Hansen and Hanson; a slip is rare beside what it stands for.
TIMES_RARER = 10
# A word that stands in this many other names is a word of its own, not a slip.
A_WORD_FROM = 3
_MOST_EDITS = 3
_PREFIX = 6
_ROWS_AT_ONCE = 2_000
_NO_DIGIT = re.compile(r"\D+")
PAIRS = {"rare": pl.String, "frequent": pl.String, "edits": pl.Int64, "similarity": pl.Float64, "is_slip": pl.Boolean}


def near_pairs(spellings: pl.DataFrame) -> pl.DataFrame:
    """PAIRS of Latin name keys that differ by few letters, similarity from SUGGEST_FROM.

    `spellings`: one row per `name_key` with `spelling` (one name of that key) and `rows` (how often it occurs). Compares only
    keys of the same digits (Works 1 is not Works 2 misspelt) that share their first or last six letters and differ by at
    most three letters in length: memory is bounded by two thousand rows of one block.
    """
    latin = spellings.filter(
        (pl.col("name_key").str.len_chars() >= LEAST_KEY_LENGTH) & pl.col("name_key").str.contains("^[a-z0-9]+$")
    ).sort("rows", "name_key", descending=[True, False])
    keys = latin["name_key"].to_list()
    found: dict[tuple[int, int], int] = {}
    for block in _blocks(keys):
        found.update(_near(keys, block))
    if not found:
        return pl.DataFrame(schema=PAIRS)
    words = [name_words(name) for name in latin["spelling"].to_list()]
    names_with = _names_with(words)
    rows = latin["rows"].to_list()
    pairs = [
        (
            keys[rare],
            keys[frequent],
            edits,
            1 - edits / max(len(keys[rare]), len(keys[frequent])),
            _is_slip(words[rare], words[frequent], names_with, rows[rare], rows[frequent]),
        )
        for (frequent, rare), edits in sorted(found.items())
    ]
    return pl.DataFrame(pairs, schema=PAIRS, orient="row").filter(pl.col("similarity") >= SUGGEST_FROM)


def slips(pairs: pl.DataFrame) -> pl.DataFrame:
    """`name_key`, `meant`, `similarity`: each rare key with the most similar frequent one, never by way of a third.

    Pairs come with the most frequent key first, so that a key which is itself a slip draws no other to it.
    """
    meant: dict[str, tuple[str, float]] = {}
    centres: set[str] = set()
    sure = pairs.filter(pl.col("is_slip") & (pl.col("similarity") >= MERGE_FROM))
    for rare, frequent, similarity in sure.select("rare", "frequent", "similarity").rows():
        if frequent in meant or rare in centres:
            continue
        if rare not in meant or similarity > meant[rare][1]:
            meant[rare] = (frequent, similarity)
            centres.add(frequent)
    rows = [(key, *found) for key, found in sorted(meant.items())]
    return pl.DataFrame(
        rows, schema={"name_key": pl.String, "meant": pl.String, "similarity": pl.Float64}, orient="row"
    )


def _blocks(keys: list[str]) -> list[list[int]]:
    """Positions of keys that may be near, each block by length."""
    blocks: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        digits = _NO_DIGIT.sub("", key)
        for block in {f"<{key[:_PREFIX]} {digits}", f">{key[-_PREFIX:]} {digits}"}:
            blocks.setdefault(block, []).append(at)
    return [sorted(block, key=lambda at: (len(keys[at]), at)) for block in blocks.values() if len(block) > 1]


def _near(keys: list[str], block: list[int]) -> dict[tuple[int, int], int]:
    names = [keys[at] for at in block]
    lengths = np.array([len(name) for name in names])
    near: dict[tuple[int, int], int] = {}
    for start in range(0, len(names), _ROWS_AT_ONCE):
        end = min(start + _ROWS_AT_ONCE, len(names))
        last = int(np.searchsorted(lengths, lengths[end - 1] + _MOST_EDITS, side="right"))
        distances = process.cdist(
            names[start:end],
            names[start:last],
            scorer=OSA.distance,
            score_cutoff=_MOST_EDITS,
            dtype=np.uint8,
            workers=1,
        )
        for row, column in np.argwhere((distances > 0) & (distances <= _MOST_EDITS)).tolist():
            if row < column:
                pair = sorted((block[start + row], block[start + column]))
                near[pair[0], pair[1]] = int(distances[row, column])
    return near


def _names_with(words: list[tuple[str, ...]]) -> dict[str, int]:
    """In how many names a word stands."""
    names: dict[str, int] = {}
    for name in words:
        for word in set(name):
            names[word] = names.get(word, 0) + 1
    return names


def _is_slip(
    rare: tuple[str, ...], frequent: tuple[str, ...], names_with: dict[str, int], rare_rows: int, frequent_rows: int
) -> bool:
    """Whether the rare name is the frequent one misspelt, word by word."""
    if _numbers(rare) != _numbers(frequent):
        return False
    if "".join(rare) == "".join(frequent):
        return True
    if frequent_rows < TIMES_RARER * rare_rows:
        return False
    if len(rare) != len(frequent):
        # A blank too many or too few, and a letter besides; but a word more or less is another name.
        return not (set(rare) <= set(frequent) or set(frequent) <= set(rare))
    return all(one == other or _is_word_slip(one, other, names_with) for one, other in zip(rare, frequent, strict=True))


def _is_word_slip(rare: str, frequent: str, names_with: dict[str, int]) -> bool:
    edits = OSA.distance(rare, frequent)
    length = min(len(rare), len(frequent))
    if names_with[rare] >= A_WORD_FROM and names_with[rare] * 10 > names_with[frequent]:
        return False
    return edits <= (0 if length < 5 else 1 if length < 9 else 2)


def _numbers(words: tuple[str, ...]) -> list[str]:
    return re.findall(r"\d+", " ".join(words))
