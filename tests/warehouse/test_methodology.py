"""The worked example of docs/methodology.md: its table is the hand-made world, and its numbers are what that answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.conftest import ROOT
from tests.warehouse.world import APPLICATIONS

TEXT = (ROOT / "docs" / "methodology.md").read_text(encoding="utf-8")
EXAMPLE = TEXT[TEXT.index("## A worked example") : TEXT.index("## Owners")]
# **Title.** English sentence \ Chinese sentence <!-- question => answer -->
SHOWN = re.compile(
    r"\*\*(?P<title>[^*]+)\.\*\* (?P<en>[^\n]+)\\\n(?P<zh>[^\n]+)\n<!-- (?P<sql>.+?) => (?P<answer>.+?) -->"
)
EXAMPLES = [found.groupdict() for found in SHOWN.finditer(EXAMPLE)]


def numbers(text: str) -> set[float]:
    return {float(number) for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])", text)}


def test_every_convention_has_an_example() -> None:
    assert len(EXAMPLES) == EXAMPLE.count("<!--") == 17


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"].split()[0])
def test_an_example_says_what_the_world_answers(
    ask_built: Callable[[str], list[tuple]], example: dict[str, str]
) -> None:
    found = [value for row in ask_built(example["sql"]) for value in row]
    told = [float(part) for value in found for part in str(value).split(", ")]
    assert told == [float(part) for part in example["answer"].split(", ")]
    for sentence in (example["en"], example["zh"]):
        written = numbers(re.sub(r"(?<=\d) ?%|[年件项家个份/（）()=，。；：、]", " ", sentence))
        missing = {abs(number) for number in told} - {abs(number) for number in written}
        # "one", "none", 并列 and the like are numbers too; the large ones must stand in figures.
        assert {number for number in missing if number > 2} == set(), sentence


def test_the_table_is_the_world() -> None:
    lines = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in EXAMPLE.splitlines()
        if line.startswith("| A")
    ]
    assert [line[:3] for line in lines] == [[row[0], row[1], row[2].replace("_", " ")] for row in APPLICATIONS]
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in EXAMPLE.splitlines() if line.startswith("| A")
    ]
    for row, (_, _, _, filed, place, applicants, family, branches) in zip(APPLICATIONS, cells, strict=True):
        assert (filed, applicants, family) == (str(row[3] or ""), ", ".join(row[5]), row[6])
        assert len(place.split()) == sum(each is not None for each in row[4])
        assert branches == ", ".join(name if level == "core" else f"{name} ({level})" for name, level in row[7].items())
