"""Numbers in every tool's spelling meet in one canonical form."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import numbers


def publication(number: str) -> str | None:
    parts = pl.DataFrame({"n": [number]}).select(numbers.publication_parts(pl.col("n")).alias("p"))
    return parts.select(numbers.publication_number(pl.col("p"))).item()


def application(number: str, office: str) -> str | None:
    frame = pl.DataFrame({"n": [number], "o": [office]})
    return frame.select(numbers.application_number(pl.col("n"), pl.col("o"))).item()


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("CN109359736A", "CN109359736A"),
        ("CN 109359736 A", "CN109359736A"),
        ("ＣＮ１０９３５９７３６Ａ", "CN109359736A"),
        ("US 2020/0250566 A1", "US20200250566A1"),
        ("US-2020250566-A1", "US20200250566A1"),
        ("US20200250566A1", "US20200250566A1"),
        ("US 10186409 B2", "US10186409B2"),
        ("US1377974 (A)", "US1377974A"),
        ("USRE45000E1", "USRE45000E1"),
        ("USPP12345P2", "USPP12345P2"),
        ("EP 3532639 A4", "EP3532639A4"),
        ("EP123456B1", "EP0123456B1"),
        ("WO 2018/144454 A1", "WO2018144454A1"),
        ("JPWO2018123456A1", "JPWO2018123456A1"),
        ("KR-20250062269-A", "KR20250062269A"),
        ("DE-102023135881-A1", "DE102023135881A1"),
        ("TWI700008B", "TWI700008B"),
        ("SG11201234567WA", "SG11201234567WA"),
        ("IN2763DELNP2004A", "IN2763DELNP2004A"),
        ("BRPI0612345A2", "BRPI0612345A2"),
        ("CN85102475", "CN85102475"),
        ("IR90762B-该数据不支持导出", None),
        ("2.02E+11", None),
        ("", None),
        ("序号", None),
    ],
)
def test_publication_numbers(spelling: str, canonical: str | None) -> None:
    assert publication(spelling) == canonical


@pytest.mark.parametrize(
    ("spelling", "office", "canonical"),
    [
        ("CN 201711335085 A", "CN", "CN201711335085"),
        ("CN201711335085.1", "CN", "CN201711335085"),
        ("CN201711335085.X", "CN", "CN201711335085"),
        ("2017113350851", "CN", "CN201711335085"),
        ("ZL201711335085.1", "CN", "CN201711335085"),
        ("CN85102475", "CN", "CN85102475"),
        ("85102475.3", "CN", "CN85102475"),
        ("US 2018/0015953 W", "WO", "PCTUS2018015953"),
        ("PCT/US2018/015953", "WO", "PCTUS2018015953"),
        ("EP 17865168 A", "EP", "EP17865168"),
        ("KR 10-2018-0001234", "KR", "KR1020180001234"),
        ("TW109100008", "TW", "TW109100008"),
    ],
)
def test_application_numbers(spelling: str, office: str, canonical: str) -> None:
    assert application(spelling, office) == canonical


PLAIN = st.from_regex(
    r"\A(CN1[0-9]{8}[AB]|US[0-9]{8}B[12]|US(19|20)[0-9]{9}A1|EP[0-9]{7}[AB]1|WO20[0-9]{8}A1|KR10[0-9]{11}(A|B1))\Z"
)


@given(PLAIN)
def test_a_canonical_number_stays_as_it_is(number: str) -> None:
    assert publication(number) == number


@given(PLAIN, st.lists(st.sampled_from([" ", "-", "/", ".", ",", "\u00a0", "\u2011"]), min_size=30, max_size=30))
def test_separators_anywhere_change_nothing(number: str, separators: list[str]) -> None:
    spread = "".join(character + separator for character, separator in zip(number, separators, strict=False))
    assert publication(spread) == number


@given(st.text(max_size=40))
def test_any_text_gives_a_canonical_number_or_none(text: str) -> None:
    found = publication(text)
    assert found is None or publication(found) == found
