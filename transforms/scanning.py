"""Scanning: whole columns of text -> where the terms of a TermIndex stand in them, as numba kernels over UTF-8.

The kernel reads a text as it was given, and cuts it into the tokens of transforms.texts without folding it first: every
character has a sign, by which it is a letter, a Han character, or stands between tokens. Characters that mean anything
only after folding (full-width, traditional, composed ...) have none. A text that holds one is folded in Python and
scanned again; if even that holds one (a letter beyond ASCII that a term holds too), the TermIndex itself reads it.

From each token the kernel walks down a trie of all anchors: a term begins where a token begins, so nothing is looked
for at other places, and most walks end after three letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numba
import numpy as np
import polars as pl

from transforms.matching import TermIndex
from transforms.texts import HAN_CHARACTER, fold, is_changed_in_context, line_of, runs_of, simplified, token_offsets

# Signs. Below: to be folded, between tokens, a letter of no term; then the letters and digits of ASCII, then Han.
FOLD_FIRST, BETWEEN, FOREIGN_LETTER, FIRST_LETTER, FOREIGN_HAN, FIRST_HAN = 0, 1, 2, 3, 39, 40
# In a trie and in what is read from a text, BETWEEN stands once where two tokens are parted, and after the last one.
_ALPHANUMERICS = "abcdefghijklmnopqrstuvwxyz0123456789"
_PLANE = 0x10000  # characters beyond the basic plane have no sign
# Of words that lead to no anchor, so many are remembered: most texts consist of few words, so few walks are made twice.
# A word is remembered by its spelling, ten signs of six bits, at the place that its upper bits have once spread.
_REMEMBERED, _SPREAD, _SPREAD_SHIFT = 4096, np.uint64(0x9E3779B97F4A7C15), np.uint64(52)
_LONGEST_SPELLING, _SPELLING_SHIFT = 11, np.uint64(6)  # with the sign that parts it from the next
_HAN = np.uint64(1 << 63)
_COMPILED = {"cache": True, "nogil": True}


class Anchors(NamedTuple):
    """What the kernel needs of a TermIndex, in arrays.

    signs: code point -> sign, for texts as given and for folded ones. nodes: the trie as a double array of rows (base,
    parent, anchor): from a node a sign leads to row base + sign, if that row's parent is the node; anchor is the one
    that ends there, or -1. beginnings: where the first three signs of a token lead, see _beginnings.
    Of an anchor, first_entry tells where its entries begin; an entry is (term, words before the anchor). Of a term:
    length in words, whether its anchor is all there is to see, whether it is a mask, and where its words begin. Of a
    word: where its signs and its bytes begin, whether it is truncated, whether its case counts.
    """

    signs: np.ndarray
    folded_signs: np.ndarray
    nodes: np.ndarray
    beginnings: np.ndarray
    first_entry: np.ndarray
    entries: np.ndarray
    length: np.ndarray
    is_decided: np.ndarray
    is_mask: np.ndarray
    first_word: np.ndarray
    first_sign: np.ndarray
    word_signs: np.ndarray
    first_byte: np.ndarray
    word_bytes: np.ndarray
    is_prefix: np.ndarray
    is_exact_case: np.ndarray


class Column(NamedTuple):
    """Texts as Arrow holds them: row r is the UTF-8 in letters[offsets[r]:offsets[r + 1]]."""

    letters: np.ndarray
    offsets: np.ndarray


class Found(NamedTuple):
    """Where terms stand in a column: row r has the hits first[r] <= hit < last[r], in any order.

    A hit is a term and its first token. `folded` holds the rows that the kernel could not read as they were given.
    """

    first: np.ndarray
    last: np.ndarray
    term: np.ndarray
    token: np.ndarray
    folded: frozenset[int]


def column(texts: pl.Series) -> Column:
    """The buffers of a column of strings; a null is an empty text."""
    array = texts.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, letters = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return Column(np.frombuffer(letters or b"\0", np.uint8), bounds)


def scan(texts: pl.Series, index: TermIndex, anchors: Anchors) -> Found:
    """Every term of an index, whose arrays are `anchors`, in every text of a column."""
    first, last, term, token, is_left = _scan(*column(texts), anchors, anchors.signs)
    rows = np.flatnonzero(is_left)
    if not len(rows):
        return Found(first, last, term, token, frozenset())
    folded = pl.Series([_folded(texts[row]) for row in rows.tolist()], dtype=pl.String)
    *by_kernel, is_left = _scan(*column(folded), anchors, anchors.folded_signs)
    by_index = _found_by(index, [texts[row] for row in rows[is_left].tolist()])
    for these, more in ((rows, by_kernel), (rows[is_left], by_index)):
        first[these], last[these] = more[0] + len(term), more[1] + len(term)
        term, token = np.concatenate([term, more[2]]), np.concatenate([token, more[3]])
    return Found(first, last, term, token, frozenset(rows.tolist()))


def _found_by(index: TermIndex, texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(first, last, term, token) as Found has them, of texts that no kernel reads."""
    hits = [[(term, first) for term, spans in index.find(text).items() for first, _ in spans] for text in texts]
    bounds = _starts(hits)
    terms, tokens = np.array([hit for each in hits for hit in each], np.int32).reshape(-1, 2).T
    return bounds[:-1], bounds[1:], terms, tokens


def places(
    texts: pl.Series, found: Found, anchors: Anchors, rows: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(start, end) in characters of the tokens `first` up to before `last`, one passage for each of `rows`."""
    different, which = np.unique(rows, return_inverse=True)
    start, end = _places(*column(texts.gather(different)), anchors.signs, which, first, last)
    is_folded = np.isin(rows, list(found.folded))
    for at in np.flatnonzero(is_folded).tolist():
        offsets = _offsets(texts[int(rows[at])])
        start[at], end[at] = offsets[first[at]][0], offsets[last[at] - 1][1]
    return start, end


@lru_cache(maxsize=64)  # passages of one text come together
def _offsets(text: str) -> list[tuple[int, int]]:
    return token_offsets(text)


def anchors_of(index: TermIndex) -> Anchors:
    """The arrays of a TermIndex. An anchor that no plain text can hold (one with é) is left out of the trie."""
    characters = sorted({character for words in index.sequences for word in words for character in word.text})
    signs, folded_signs = (_with_terms(plain, characters) for plain in (_signs_as_given(), _signs_folded()))
    ways = [_signs_of(line.decode().lstrip(" "), folded_signs) for line in index.lines]
    nodes = _trie([(way, at) for at, way in enumerate(ways) if FOLD_FIRST not in way])
    entries = [[(term, before) for term, before, *_ in terms] for terms in index.anchored]
    decided = {term: is_decided for terms in index.anchored for term, _, _, is_decided in terms}
    terms = range(len(index.sequences))
    words = [word for sequence in index.sequences for word in sequence]
    spelt = [word.text.encode() for word in words]
    signed = [_signs_of(word.text.lower(), folded_signs) for word in words]
    return Anchors(
        signs=signs,
        folded_signs=folded_signs,
        nodes=nodes,
        beginnings=_beginnings(nodes),
        first_entry=_starts(entries),
        entries=np.array([entry for each in entries for entry in each], np.int32).reshape(-1, 2),
        length=np.array([len(sequence) for sequence in index.sequences], np.int32),
        is_decided=np.array([decided[term] for term in terms], np.bool_),
        is_mask=np.array([term in index.masks for term in terms], np.bool_),
        first_word=_starts(index.sequences),
        first_sign=_starts(signed),
        word_signs=np.array([sign for each in signed for sign in each], np.uint16),
        first_byte=_starts(spelt),
        word_bytes=np.frombuffer(b"".join(spelt) + b"\0", np.uint8),
        is_prefix=np.array([word.is_prefix for word in words], np.bool_),
        is_exact_case=np.array([word.is_exact_case for word in words], np.bool_),
    )


def _signs_of(text: str, signs: np.ndarray) -> list[int]:
    return [int(signs[ord(character)]) if ord(character) < _PLANE else FOLD_FIRST for character in text]


def _starts(parts: Sequence[Sequence]) -> np.ndarray:
    return np.cumsum([0, *map(len, parts)], dtype=np.int32)


def _folded(text: str) -> str:
    """The tokens of a text in a form that the kernel reads, their case kept."""
    return line_of(runs_of(fold(text)))


def _with_terms(plain_signs: np.ndarray, characters: Sequence[str]) -> np.ndarray:
    """Signs that know the characters of all terms (case folded, or as a term with exact case has them)."""
    signs = plain_signs.copy()
    for sign, character in enumerate((c for c in characters if HAN_CHARACTER.match(c)), FIRST_HAN):
        if ord(character) < _PLANE and signs[ord(character)] == FOREIGN_HAN:
            signs[ord(character)] = sign
    # A text with a letter beyond ASCII that a term does hold, in whatever case, is left to the TermIndex.
    held = {letter for c in characters if not c.isascii() and not HAN_CHARACTER.match(c) for letter in c.casefold()}
    if held:
        foreign = np.flatnonzero(signs == FOREIGN_LETTER).tolist()
        signs[[code for code in foreign if not held.isdisjoint(chr(code).casefold())]] = FOLD_FIRST
    return signs


@cache
def _signs_as_given() -> np.ndarray:
    """The signs of characters that fold alike wherever they stand, before any term is known."""
    signs = _signs_of_ascii()
    others = [chr(code) for code in range(128, _PLANE) if not 0xD800 <= code < 0xE000]
    for character, simple in zip(others, simplified("\n".join(others)).split("\n"), strict=True):
        if character == simple and not is_changed_in_context(character):
            signs[ord(character)] = _sign_as_given(character)
    return signs


def _sign_as_given(character: str) -> int:
    plain = unicodedata.normalize("NFKC", character)
    if any(each in _joined_to_others() or unicodedata.combining(each) for each in (character, plain[0])):
        return FOLD_FIRST
    if any(map(_is_of_a_token, plain)):
        return _sign_folded(character) if plain == character else FOLD_FIRST
    return BETWEEN


@cache
def _signs_folded() -> np.ndarray:
    """The signs in texts that are folded already."""
    signs = _signs_of_ascii()
    for code in range(128, _PLANE):
        signs[code] = _sign_folded(chr(code))
    return signs


def _sign_folded(character: str) -> int:
    if HAN_CHARACTER.match(character):
        return FOREIGN_HAN
    if not character.isalnum():
        return BETWEEN
    # The case of ß folds to letters that terms may hold.
    return FOLD_FIRST if any(map(str.isascii, character.casefold())) else FOREIGN_LETTER


def _is_of_a_token(character: str) -> bool:
    return character.isalnum() or bool(HAN_CHARACTER.match(character))


def _signs_of_ascii() -> np.ndarray:
    signs = np.full(_PLANE, FOLD_FIRST, np.uint16)
    signs[:128] = BETWEEN
    for sign, character in enumerate(_ALPHANUMERICS, FIRST_LETTER):
        signs[ord(character)] = signs[ord(character.upper())] = sign
    return signs


@cache
def _joined_to_others() -> frozenset[str]:
    """Characters of the basic plane that NFKC may join to the one before them: what they make is of that plane too."""
    parts = (unicodedata.decomposition(chr(code)).split() for code in range(_PLANE))
    pairs = {chr(int(each[1], 16)) for each in parts if len(each) == 2 and each[0][0] != "<"}
    hangul = map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)))
    return frozenset(pairs.union(hangul))


def _trie(ways: list[tuple[list[int], int]]) -> np.ndarray:
    """The nodes (see Anchors) of a trie in which each way, a list of signs, leads to its number."""
    children: list[dict[int, int]] = [{}]
    ends = [-1]
    for way, number in ways:
        node = 0
        for sign in way:
            if sign not in children[node]:
                children[node][sign] = len(children)
                children.append({})
                ends.append(-1)
            node = children[node][sign]
        ends[node] = number
    return _double_array(children, ends)


def _double_array(children: list[dict[int, int]], ends: list[int]) -> np.ndarray:
    """Rows for nodes, each node's children moved to the first place where all of them find a free row."""
    widest = max(sign for edges in children for sign in (*edges, FIRST_HAN))
    room = 4 * (len(children) + widest)
    nodes = np.full((room, 4), -1, np.int32)  # the fourth only pads a row, so that none straddles two cache lines
    nodes[:, 0] = 0
    is_free, row_of = bytearray(b"\1" * room), [0] * len(children)
    is_free[0] = 0
    lowest = 1
    for node, edges in enumerate(children):
        if not edges:
            continue
        smallest = min(edges)
        row = is_free.index(1, max(lowest, smallest))
        while not all(is_free[row - smallest + sign] for sign in edges):
            row = is_free.index(1, row + 1)
        lowest = row if len(edges) == 1 else lowest  # what lies below may still suit another
        nodes[row_of[node], 0] = row - smallest
        for sign, child in edges.items():
            row_of[child] = row - smallest + sign
            is_free[row_of[child]] = 0
            nodes[row_of[child], 1:3] = row_of[node], ends[child]
    return nodes


def _beginnings(nodes: np.ndarray) -> np.ndarray:
    """First three signs of a token -> the node they lead to, -1 for none, 0 where to walk from the root after all.

    That is where an anchor ends or a Han character (39 for any of them) stands within the three.
    """
    table = np.full((FIRST_HAN,) * 3, -1, np.int32)
    table[FOREIGN_HAN] = 0
    for first, node in _edges(nodes, 0):
        table[first, :, FOREIGN_HAN] = table[first, FOREIGN_HAN] = 0
        if nodes[node, 2] >= 0:
            table[first] = 0
            continue
        for second, below in _edges(nodes, node):
            table[first, second] = 0 if nodes[below, 2] >= 0 else table[first, second]
            for third, last in _edges(nodes, below):
                table[first, second, third] = 0 if nodes[below, 2] >= 0 else last
    return table


def _edges(nodes: np.ndarray, node: int) -> list[tuple[int, int]]:
    """(sign, child) of a node, Han characters left out."""
    rows = [(sign, int(nodes[node, 0]) + sign) for sign in range(FOREIGN_HAN)]
    return [(sign, row) for sign, row in rows if nodes[row, 1] == node]


@numba.njit(**_COMPILED)
def _scan(letters, offsets, anchors, signs):
    """(first, last, term, token) as Found has them of every row, and which rows it cannot read."""
    # Taken out of the tuple once: each time costs a count of references.
    nodes, beginnings, first_entry, entries = anchors.nodes, anchors.beginnings, anchors.first_entry, anchors.entries
    is_decided, is_mask = anchors.is_decided, anchors.is_mask
    rows = len(offsets) - 1
    first, last, is_left = np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    longest = 0
    for row in range(rows):
        longest = max(longest, offsets[row + 1] - offsets[row])
    read = np.empty(longest + 8, np.uint16)
    place, start = np.empty(longest + 2, np.int32), np.empty(longest + 2, np.int32)
    hopeful, beginning = np.empty(longest + 2, np.int32), np.empty(longest + 2, np.int32)
    spelling, hopeless = np.empty(longest + 2, np.uint64), np.full(_REMEMBERED, _HAN)
    term, token = np.empty(64 + 8 * rows, np.int32), np.empty(64 + 8 * rows, np.int32)
    hits = 0
    for row in range(rows):
        first[row] = hits
        tokens = _read(letters, offsets[row], offsets[row + 1], signs, read, place, start, spelling)
        if tokens < 0:
            is_left[row] = True
            tokens = 0
        # Without a branch that would be guessed wrong once a word: many tokens begin no anchor.
        count = 0
        for at in range(tokens):
            where = place[at]
            node = beginnings[
                min(read[where], FOREIGN_HAN), min(read[where + 1], FOREIGN_HAN), min(read[where + 2], FOREIGN_HAN)
            ]
            hopeful[count], beginning[count] = at, node
            count += node >= 0
        has_mask = has_doubt = False
        for each in range(count):
            at, node = hopeful[each], beginning[each]
            is_short = place[at + 1] - place[at] <= _LONGEST_SPELLING
            slot = (spelling[at + 1] * _SPREAD) >> _SPREAD_SHIFT
            if is_short and hopeless[slot] == spelling[at + 1]:
                continue
            hits_before = hits
            where = place[at] + (3 if node > 0 else 0)
            while True:
                anchor = nodes[node, 2]
                if anchor >= 0:
                    for entry in range(first_entry[anchor], first_entry[anchor + 1]):
                        if hits == len(term):
                            term, token = _doubled(term), _doubled(token)
                        number = entries[entry, 0]
                        term[hits], token[hits] = number, at - entries[entry, 1]
                        hits += 1
                        has_mask |= is_mask[number]
                        has_doubt |= not is_decided[number]
                child = nodes[node, 0] + read[where]
                if nodes[child, 1] != node:
                    break
                node = child
                where += 1
            # A run decides by itself that it ends, a Han character does not: another may follow without a break.
            is_han = np.int64(read[place[at]] >= FOREIGN_HAN)
            if is_short and hits == hits_before and where < place[at + 1] - is_han:
                hopeless[slot] = spelling[at + 1]
        if has_doubt:
            hits = _that_stand(term, token, first[row], hits, letters, read, place, start, tokens, anchors)
        if has_mask:
            hits = _unhidden(term, token, first[row], hits, anchors, tokens)
        last[row] = hits
    return first, last, term[:hits].copy(), token[:hits].copy(), is_left


@numba.njit(**_COMPILED)
def _read(text, at, end, signs, read, place, start, spelling):
    """Cut text[at:end] into tokens; returns their number, or -1 where a character must be folded first.

    `read` receives the signs of all tokens, with BETWEEN where two are parted and signs that lead nowhere after the
    last; `place` where each token begins in it, and where the last ends; `start` at which byte of the text;
    spelling[n] the signs of the n-th token, counted from 1, as one number, which is unique up to ten of them. Entries
    are written in advance and only counted where they turn out to be one: a branch per letter would cost more than the
    whole rest.
    """
    tokens = length = 0
    spelt = np.uint64(0)
    is_inside = is_after_han = 0
    while at < end:
        character, width = np.uint32(text[at]), 1
        if character >= 0x80:
            if character >= 0xF0:
                return -1
            if character >= 0xE0:
                character = (character & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | (text[at + 2] & 0x3F)
                width = 3
            else:
                character = (character & 0x1F) << 6 | (text[at + 1] & 0x3F)
                width = 2
        sign = signs[character]
        if sign == FOLD_FIRST:
            return -1
        if sign < FOREIGN_HAN:
            is_letter = np.int64(sign != BETWEEN)
            read[length], place[tokens], start[tokens] = sign, length, at
            tokens += is_letter & (1 - is_inside)
            spelt = spelt * np.uint64(is_inside) << _SPELLING_SHIFT | np.uint64(sign) if is_letter else spelt
            spelling[tokens] = spelt
            length += is_letter | is_inside
            is_after_han &= 1 - is_letter
            is_inside = is_letter
        else:
            read[length] = BETWEEN
            length += is_inside - is_after_han  # Han characters stand side by side: take back what parts them
            read[length], read[length + 1] = sign, BETWEEN
            place[tokens], start[tokens] = length, at
            tokens += 1
            spelt = _HAN | np.uint64(sign)
            spelling[tokens] = spelt
            length += 2
            is_inside, is_after_han = 0, 1
        at += width
    read[length] = BETWEEN
    place[tokens] = length + is_inside
    read[length + is_inside : length + is_inside + 3] = FOLD_FIRST
    return tokens


@numba.njit(**_COMPILED)
def _that_stand(term, token, first, hits, text, read, place, start, tokens, anchors):
    """Drop the hits from `first` on of whose terms only the anchor stands there; returns the number that is left."""
    left = first
    for hit in range(first, hits):
        if anchors.is_decided[term[hit]] or _stands_at(
            text, read, place, start, tokens, anchors, term[hit], token[hit]
        ):
            term[left], token[left] = term[hit], token[hit]
            left += 1
    return left


@numba.njit(**_COMPILED)
def _stands_at(text, read, place, start, tokens, anchors, term, first):
    """Whether every word of a term fits its token, case and truncation included."""
    if first < 0 or first + anchors.length[term] > tokens:
        return False
    for at in range(anchors.length[term]):
        word, where = anchors.first_word[term] + at, place[first + at]
        begin, size = anchors.first_sign[word], anchors.first_sign[word + 1] - anchors.first_sign[word]
        for letter in range(size):
            if read[where + letter] != anchors.word_signs[begin + letter]:
                return False
        is_whole = read[where] >= FOREIGN_HAN or read[where + size] == BETWEEN
        if not is_whole and not anchors.is_prefix[word]:
            return False
        if anchors.is_exact_case[word]:
            begin, size = anchors.first_byte[word], anchors.first_byte[word + 1] - anchors.first_byte[word]
            for byte in range(size):
                if text[start[first + at] + byte] != anchors.word_bytes[begin + byte]:
                    return False
    return True


@numba.njit(**_COMPILED)
def _unhidden(term, token, first, hits, anchors, tokens):
    """Drop the hits from `first` on that touch what a mask matches; returns the number of hits that are left."""
    hidden = np.zeros(tokens, np.bool_)
    for hit in range(first, hits):
        if anchors.is_mask[term[hit]]:
            hidden[token[hit] : token[hit] + anchors.length[term[hit]]] = True
    left = first
    for hit in range(first, hits):
        if not hidden[token[hit] : token[hit] + anchors.length[term[hit]]].any():
            term[left], token[left] = term[hit], token[hit]
            left += 1
    return left


@numba.njit(**_COMPILED)
def _doubled(numbers):
    wider = np.empty(2 * len(numbers), numbers.dtype)
    wider[: len(numbers)] = numbers
    return wider


@numba.njit(**_COMPILED)
def _places(letters, offsets, signs, rows, first, last):
    """(start, end) in characters of passages given in tokens. A text that must be folded gives no sense here."""
    start, end = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    bounds = np.empty((longest + 1, 2), np.int64)
    for at in range(len(rows)):
        if at == 0 or rows[at] != rows[at - 1]:
            _bounds(letters, offsets[rows[at]], offsets[rows[at] + 1], signs, bounds)
        start[at], end[at] = bounds[first[at], 0], bounds[last[at] - 1, 1]
    return start, end


@numba.njit(**_COMPILED)
def _bounds(text, at, end, signs, bounds):
    """Where each token of text[at:end] begins and ends, in characters."""
    tokens = characters = 0
    is_inside = False
    while at < end:
        character, width = np.uint32(text[at]), 1
        if character >= 0xF0:
            character, width = np.uint32(0), 4
        elif character >= 0xE0:
            character = (character & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | (text[at + 2] & 0x3F)
            width = 3
        elif character >= 0x80:
            character = (character & 0x1F) << 6 | (text[at + 1] & 0x3F)
            width = 2
        sign = signs[character]
        is_han = sign >= FOREIGN_HAN
        if is_han or (sign != BETWEEN and not is_inside):
            bounds[tokens, 0] = characters
            tokens += 1
        characters += 1
        if sign != BETWEEN:
            bounds[tokens - 1, 1] = characters
        is_inside = sign != BETWEEN and not is_han
        at += width
