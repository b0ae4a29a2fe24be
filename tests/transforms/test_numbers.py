"""Numbers in every tool's spelling meet in one canonical form."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import trials
from transforms import numbers


def publication(number: str) -> str | None:
    parts = pl.DataFrame({"n": [number]}).select(numbers.publication_parts(pl.col("n")).alias("p"))
    return parts.select(numbers.publication_number(pl.col("p"))).item()


def application(number: str | None, office: str | None) -> str | None:
    frame = pl.DataFrame({"n": [number], "o": [office]}, schema={"n": pl.String, "o": pl.String})
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
        ("SG11201234567W", "SG11201234567W"),
        ("US08919635", "US8919635"),
        ("USD0435854S1", "USD435854S1"),
        ("WO 93/12345 A1", "WO1993012345A1"),
        ("WO-0029701-A1", "WO2000029701A1"),
        ("JP2015-047521A", "JP2015047521A"),
        ("特開2015-47521", "JP2015047521A"),
        ("特開平5-12345号公報", "JPH0512345A"),
        ("特開昭61-074692", "JPS6174692A"),
        ("特許第6644091号", "JP6644091"),
        ("実開昭59-012345", "JPS5912345U"),
        ("JP05012345A", "JPH0512345A"),
        ("JP H05-012345 A", "JPH0512345A"),
        ("KR 10-2018-0004226", "KR20180004226A"),
        ("KR1020180004226A", "KR20180004226A"),
        ("KR837346B1", "KR100837346B1"),
        ("AU 1991/084625 A", "AU8462591A"),
        ("AU-8462591-A", "AU8462591A"),
        ("AU 2016 295325 B9 20190404", "AU2016295325B9"),
        ("BR PI0612345-2 A2", "BRPI0612345A2"),
        ("mxPA/a/2003/001933", "MXPA03001933A"),
        ("ru0002529060", "RU2529060"),
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
        ("KR 10-2018-0001234", "KR", "KR20180001234"),
        ("20-2018-0001234", "KR", "KR20180001234U"),
        ("TW109100008", "TW", "TW109100008"),
        ("TW20030116692", "TW", "TW92116692"),
        ("85102475", "CN", "CN85102475"),
        ("98110433.9", "CN", "CN98110433"),
        ("ZL 98 1 10433.9", "CN", "CN98110433"),
        ("CN 2017 1 0530751", "", "CN201710530751"),
        ("PCT/US99/12345", "US", "PCTUS1999012345"),
        ("PCT/CN2020/116128", "CN", "PCTCN2020116128"),
        ("CN2020116128", "WO", "PCTCN2020116128"),
        ("WO2014US21158A", "", "PCTUS2014021158"),
        ("US 201862687779 P", "", "US201862687779"),
        ("US 20849209 P 20090225", "", "US20849209P"),
        ("US 20849209 A 20080911", "", "US20849209"),
        ("62/687,779", "US", "US62:687779"),
        ("EP12172389.4", "EP", "EP12172389"),
        ("特願平6-123456", "JP", "JP1994123456"),
        ("特願2013-1234号", "JP", "JP2013001234"),
        ("H06-123456", "JP", "JP1994123456"),
        ("令2-1234", "JP", "JP2020001234"),
        ("実願昭59-1234", "JP", "JP1984001234U"),
        ("JP 5915281 A", "JP", "JP1981059152"),
        ("0115960.7", "GB", "GB0115960"),
        ("PI 0613782-2", "BR", "BRPI0613782"),
        ("2012123456/08", "RU", "RU2012123456"),
        ("2763/DELNP/2004", "IN", "IN2763DELNP2004"),
    ],
)
def test_application_numbers(spelling: str, office: str, canonical: str) -> None:
    assert application(spelling, office) == canonical


@pytest.mark.parametrize(("text", "office", "number"), [("2019\n123456", "JP", "JP2019123456"), ("0\n0", "", "00")])
def test_a_line_break_in_the_cell_is_no_part_of_the_number(text: str, office: str, number: str) -> None:
    assert application(text, office) == number


def test_a_number_without_any_office_is_kept_from_meeting_others() -> None:
    assert application("201711335085.1", None) is None
    assert application("CN201711335085.1", None) == "CN201711335085"
    assert application(None, "CN") is None


# ── real numbers, each looked at ─────────────────────────────────────────────────────────────────────────────────


def is_rules(value: object) -> bool:
    return (
        isinstance(value, tuple) and bool(value) and all(isinstance(each, tuple) and len(each) == 2 for each in value)
    )


def real_numbers() -> pl.DataFrame:
    """`field`, `tool`, `office` (as the row states it), `spelling` as the tool wrote it, `canonical` as it must become."""
    return pl.read_csv(Path(__file__).with_name("numbers.csv"), infer_schema=False).with_columns(
        pl.col("office").fill_null("")
    )


def canonical_of(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    parts = numbers.publication_parts(pl.col(column))
    filed = numbers.application_number(pl.col(column), pl.col("office"))
    return frame.with_columns(
        pl.when(pl.col("field") == "publication")
        .then(numbers.publication_number(parts))
        .otherwise(filed)
        .alias("found")
    )


def test_real_numbers_of_many_offices_and_tools() -> None:
    real = canonical_of(real_numbers(), "spelling")
    assert real.filter(pl.col("found").ne_missing(pl.col("canonical"))).rows() == []
    assert real.height >= 300
    assert real["canonical"].str.slice(0, 2).n_unique() >= 20
    assert set(real["field"]) == {"publication", "application", "priority"}


def test_the_canonical_form_of_real_numbers_stays_as_it_is() -> None:
    again = canonical_of(real_numbers(), "canonical")
    assert again.filter(pl.col("found").ne_missing(pl.col("canonical"))).rows() == []


def test_a_number_does_not_depend_on_its_neighbours() -> None:
    real = real_numbers()
    shuffled = canonical_of(real.sample(fraction=1, shuffle=True, seed=5), "spelling")
    assert shuffled.filter(pl.col("found").ne_missing(pl.col("canonical"))).rows() == []


def by_every_rule(written: pl.Series, rules: numbers.Rules) -> pl.Series:
    """Each number by each rule in its turn: the slow way, which is the law."""
    return reduce(lambda text, rule: text.str.replace(*rule), rules, written)


@pytest.mark.parametrize("rules", [name for name, value in vars(numbers).items() if name.isupper() and is_rules(value)])
def test_rules_by_halves_do_what_each_rule_in_its_turn_does(rules: str) -> None:
    real = real_numbers()
    spelt = pl.concat(
        [real["spelling"], real["canonical"], real["office"] + "|" + real["spelling"], pl.Series([None, ""])]
    )
    bare = spelt.str.replace_all(numbers._SEPARATORS, "")
    for written in (spelt, bare, bare.str.to_uppercase()):
        assert numbers._rewritten(written, getattr(numbers, rules)).equals(
            by_every_rule(written, getattr(numbers, rules))
        )


def test_folding_what_needs_it_is_folding_all() -> None:
    spelt = pl.concat(
        [real_numbers()["spelling"], pl.Series(["ＵＳ１２ ", " us 1\n2", "a~1#", "CN-1", "CN1 ", "−", "", None])]
    )
    assert numbers._folded_series(spelt).equals(numbers._fold(spelt))


# ── check digits ─────────────────────────────────────────────────────────────────────────────────────────────────


def doubts(originals: list[str]) -> list[str | None]:
    frame = pl.DataFrame({"original": originals}).with_columns(
        numbers.application_number(pl.col("original"), pl.lit("CN")).alias("canonical")
    )
    found = frame.select(numbers.application_number_doubt(pl.col("original"), pl.col("canonical")))
    return found.to_series().to_list()


def doubt(original: str) -> str | None:
    return doubts([original])[0]


@pytest.mark.parametrize(
    "number", ["CN201220249767.4", "ZL201610266562.X", "98110433.9", "CN02256076.9", "2012202497674"]
)
def test_a_right_check_digit_raises_no_doubt(number: str) -> None:
    assert doubt(number) is None


@pytest.mark.parametrize("number", ["CN201220249767.5", "ZL201610266562.1", "98110433.X", "2012202497670"])
def test_a_wrong_check_digit_is_a_doubt_and_not_mended(number: str) -> None:
    assert doubt(number) == numbers.WRONG_CHECK_DIGIT
    assert application(number, "CN") in {"CN201220249767", "CN201610266562", "CN98110433"}


@pytest.mark.parametrize(
    "number", ["CN201220249767", "CN 201521051459 U", "US 201715590278 A", "PCT/CN2020/116128", ""]
)
def test_where_no_check_digit_stands_there_is_nothing_to_doubt(number: str) -> None:
    assert doubt(number) is None


@settings(max_examples=trials(15, 300))
@given(st.from_regex(r"\A(20[0-2][0-9][1238][0-9]{7}|[089][0-9][1238][0-9]{5})\Z"))
def test_exactly_one_check_digit_fits(number: str) -> None:
    assert doubts([f"CN{number}.{digit}" for digit in "0123456789X"]).count(None) == 1


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────


PLAIN = st.from_regex(
    r"\A(CN1[0-9]{8}[AB]|US[1-9][0-9]{7}B[12]|US(19|20)[0-9]{9}A1|EP[0-9]{7}[AB]1|WO20[0-9]{8}A1|KR(19|20)[0-9]{9}A|KR10[0-9]{7}B1)\Z"
)


@settings(max_examples=trials(15, 300))
@given(PLAIN)
def test_a_canonical_number_stays_as_it_is(number: str) -> None:
    assert publication(number) == number


@settings(max_examples=trials(15, 300))
@given(PLAIN, st.lists(st.sampled_from([" ", "-", "/", ".", ",", "\u00a0", "\u2011"]), min_size=30, max_size=30))
def test_separators_anywhere_change_nothing(number: str, separators: list[str]) -> None:
    spread = "".join(character + separator for character, separator in zip(number, separators, strict=False))
    assert publication(spread) == number


@settings(max_examples=trials(15, 300))
@given(st.text(max_size=40))
def test_any_text_gives_a_canonical_number_or_none(text: str) -> None:
    found = publication(text)
    assert found is None or publication(found) == found


FILED = st.from_regex(
    r"\A(CN20[0-2][0-9][1238][0-9]{7}|US20[0-2][0-9][1-6][0-9]{7}|EP[0-9]{8}|JP(19|20)[0-9]{8}|KR(19|20)[0-9]{9}U?|"
    r"PCT(US|CN|EP|IB|JP)20[0-2][0-9]{7}|TW1[01][0-9][12][0-9]{5}|DE10[12][0-9]{9}|FR[0-9]{7}|IN[0-9]{1,4}DELNP20[01][0-9])\Z"
)


@settings(max_examples=trials(15, 300))
@given(FILED, st.sampled_from(["", "CN", "US", None]))
def test_a_canonical_application_number_stays_as_it_is(number: str, office: str | None) -> None:
    assert application(number, office) == number


@settings(max_examples=trials(15, 300))
@given(
    st.text(max_size=40) | st.from_regex(r"\A(CN|US|JP|KR|AU|BR|PCT|WO)?[ /]?[0-9 ./-]{4,16}[A-Z]?\Z"),
    st.sampled_from(["", "JP", "US"]),
)
@example(text="0\n0", office="JP")
def test_canonical_application_numbers_are_fixed_points(text: str, office: str) -> None:
    once = application(text, office)
    assert once is None or application(once, "") == once
