"""Texts are fetched from where they lie: the same as if they had been in memory all along."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.branches import load_taxonomy
from tests.transforms.test_refine import landed_world
from transforms import refine as refining
from transforms.landed_texts import LandedTexts, places_of, without_texts
from transforms.refine import core_tables, refine

FILES = st.lists(st.lists(st.none() | st.text(max_size=5), max_size=6), min_size=1, max_size=5)


@given(FILES, st.data())
def test_every_text_comes_back_from_its_place(files: list[list[str | None]], data: st.DataObject) -> None:
    told = [pl.Series("abstract", file, pl.String) for file in files]
    texts = LandedTexts([len(file) for file in files], lambda file, _: told[file])
    everything = pl.concat(told)
    places = everything.to_frame().select(places_of("abstract"))["abstract"]
    order = data.draw(st.permutations(range(len(everything))))
    assert texts.at("abstract", places.gather(order)).to_list() == everything.gather(order).to_list()


def test_only_files_that_hold_a_wanted_text_are_read() -> None:
    read = []

    def column(file: int, name: str) -> pl.Series:
        read.append((file, name))
        return pl.Series(name, [f"{file}a", f"{file}b"])

    texts = LandedTexts([2, 2, 2], column)
    assert texts.at("claims", pl.Series("p", [5, None, 0, 4], pl.UInt32)).to_list() == ["2b", None, "0a", "2a"]
    assert sorted(read) == [(0, "claims"), (2, "claims")]


def test_small_parts_give_the_same_tables_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = refine(landed_world(), load_taxonomy())
    monkeypatch.setattr(refining, "RECORDS_AT_ONCE", 7)
    rows, texts = without_texts(landed_world())
    parts = dict(core_tables(rows, texts, load_taxonomy()))
    assert parts.keys() == whole.keys()
    for name, frame in parts.items():
        assert frame.equals(whole[name]), name
