import pytest

from transforms.symbols import PATTERN, fits, is_usable, normalise_symbol


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("G06F9/50", "G06F9/50"),
        ("G06F 9/50", "G06F9/50"),
        ("g06f 9 / 50", "G06F9/50"),
        ("Ｇ０６Ｆ９／５０", "G06F9/50"),
        ("G06F-009/50", "G06F9/50"),
        ("G06F  9/50 (2006.01) I", "G06F9/50"),
        ("H01L25/0657(2023.01)", "H01L25/0657"),
        ("G06F0009500000", "G06F9/50"),
        ("H01L0025065700", "H01L25/0657"),
        ("G06N0010000000", "G06N10/00"),
        ("G06N10", "G06N10"),
        ("G06N", "G06N"),
        ("Y02D10/00", "Y02D10/00"),
        ("13-0301", None),
        ("not a code", None),
        ("Z06F9/50", None),
        ("", None),
    ],
)
def test_spellings_of_the_exports_meet_in_one(written, symbol):
    assert normalise_symbol(written) == symbol


def test_normalising_twice_changes_nothing():
    for written in ("G06F 9/50", "H01L0025065700", "G06N10", "G06N"):
        once = normalise_symbol(written)
        assert normalise_symbol(once) == once


@pytest.mark.parametrize(
    ("symbol", "pattern", "expected"),
    [
        ("G06N10/20", "G06N10/20", True),
        ("G06N10/205", "G06N10/20", True),
        ("G06N3/0495", "G06N3/049", True),  # the digit extension that the $ is for
        ("G06N3/0495", "G06N3/049$", False),
        ("G06N3/049", "G06N3/049$", True),
        ("H10N70/20", "H10N70", True),
        ("H10N701/20", "H10N70", False),
        ("G06N10/20", "G06N1", False),
        ("G06N10", "G06N10", True),
        ("G06E1/00", "G06E", True),
        ("H10W90/297", "H10", True),
        ("H01L25/00", "H10", False),
        ("G06F12/02", "G06F12/0", True),
    ],
)
def test_patterns(symbol, pattern, expected):
    assert fits(symbol, pattern) is expected
    assert PATTERN.fullmatch(pattern)


def test_a_subclass_alone_is_not_usable():
    assert is_usable("G06N10")
    assert not is_usable("G06N")
    assert not is_usable("H10")
