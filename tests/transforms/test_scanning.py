import subprocess
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
import opencc
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.branches import load_taxonomy
from transforms.matching import Hits, Matcher, TermIndex
from transforms.query import parse_taxonomy, parse_term
from transforms.scanning import FOLD_FIRST, Anchors, Found, _joined_to_others, anchors_of, places, scan
from transforms.texts import is_changed_in_context, simplified, token_offsets

TERMS = [
    "a",
    "b*",
    "ab",
    "a b",
    "云",
    "计",
    "云计",
    "a 云",
    "云 b",
    "3d 云 x*",
    "=CPU",
    "co* process unit",
    "ß",
    "naïve",
    "coöp*",
]
MASKS = ["masked a"]


@cache
def small_index() -> TermIndex:
    return TermIndex([parse_term(term, "test") for term in TERMS], [parse_term(mask, "test") for mask in MASKS])


@cache
def small_anchors() -> Anchors:
    return anchors_of(small_index())


def hits(found: Found, index: TermIndex, row: int) -> Hits:
    located: Hits = {}
    for hit in range(found.first[row], found.last[row]):
        term, token = int(found.term[hit]), int(found.token[hit])
        located.setdefault(term, []).append((token, token + len(index.sequences[term])))
    return located


def assert_the_same(texts: list[str]) -> int:
    """Compare with the text by text way; returns how many texts the kernel could read as they were given."""
    found = scan(pl.Series(texts, dtype=pl.String), small_index(), small_anchors())
    for row, text in enumerate(texts):
        assert hits(found, small_index(), row) == small_index().find(text), text
    return len(texts) - len(found.folded)


def test_every_character_is_read_as_folding_reads_it():
    characters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    texts = [f"a{c}b 云{c}计{c} {c}a" for c in characters]
    assert assert_the_same(texts) > 55_000


def test_what_may_join_the_character_before_it_joins_within_the_basic_plane():
    parts = [unicodedata.decomposition(chr(code)).split() for code in range(0x110000)]
    joined = {chr(int(each[1], 16)) for each in parts if len(each) == 2 and "<" not in each[0]}
    assert {character for character in joined if ord(character) < 0x10000} <= _joined_to_others()


@given(
    st.lists(
        st.sampled_from([*TERMS, *"abAB云计雲計ＣＰＵ。，- _é̈ßﬁ", "CPU", "cpu", "masked", " ", "、", "\U00020000"])
    )
)
def test_texts_of_terms_are_read_as_folding_reads_them(pieces):
    text = "".join(pieces).replace("*", "").replace("=", "")
    assert_the_same([text, f" {text} ", text * 3])


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_is_read_as_folding_reads_it(texts):
    assert_the_same(texts)


def test_texts_are_read_in_one_piece_and_in_slices():
    column = pl.Series(["GPU", None, "一种GPU，及其graphics-processor", "ＧＰＵ", ""])
    index = Matcher(parse_taxonomy(load_taxonomy())).index
    whole = scan(column, index, anchors_of(index))
    assert [hits(whole, index, row) for row in range(5)] == [index.find(text) for text in column]
    part = scan(column.slice(2, 2), index, anchors_of(index))
    assert [hits(part, index, row) for row in range(2)] == [index.find(text) for text in column[2:4]]


@given(st.lists(st.sampled_from(["a", "b", "云", "，", " ", "…", "雲", "Ａ", "①", "é"]), min_size=1).map("".join))
def test_places_are_those_of_the_tokens(text):
    offsets = token_offsets(text)
    anchors = small_anchors()
    texts = pl.Series([text])
    tokens = np.arange(len(offsets))
    start, end = places(
        texts, scan(texts, small_index(), anchors), anchors, np.zeros(len(offsets), np.int64), tokens, tokens + 1
    )
    assert list(zip(start.tolist(), end.tolist(), strict=True)) == offsets


def test_a_letter_of_a_term_is_left_to_python_in_every_case():
    signs = small_anchors().signs
    assert [signs[ord(letter)] for letter in "ïÏöÖ"] == [FOLD_FIRST] * 4
    assert signs[ord("é")] != FOLD_FIRST


def test_the_characters_that_phrases_change_are_known(tmp_path: Path):
    """Read from OpenCC's own dictionary, where its tool is shipped with it."""
    folder = Path(opencc.__file__).parent / "clib"
    tool, dictionary = folder / "bin" / "opencc_dict", folder / "share" / "opencc" / "TSPhrases.ocd2"
    if not (tool.exists() and dictionary.exists()):
        pytest.skip("this build of OpenCC brings no opencc_dict")
    subprocess.run([tool, "-i", dictionary, "-o", tmp_path / "phrases", "-f", "ocd2", "-t", "text"], check=True)
    lines = (tmp_path / "phrases").read_text(encoding="utf-8").splitlines()
    phrases = [line.split("\t") for line in lines if "\t" in line]
    assert len(phrases) > 100
    for phrase, values in phrases:
        plain = unicodedata.normalize("NFKC", phrase)
        if all(simplified(character) == character for character in plain):
            changed = [a for a, b in zip(plain, values.split()[0], strict=True) if a != b]
            assert all(map(is_changed_in_context, changed)), phrase
