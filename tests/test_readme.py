"""What the READMEs show is what the sample answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from warehouse.question import ask

QUESTION = re.compile(r"```sql\n(.*?)\n```\n\n```text\n(.*?)\n```", re.DOTALL)


def shown(text: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in text.splitlines()]


@pytest.mark.parametrize("page", ("README.md", "README.zh-CN.md"))
def test_questions_have_the_answers_that_are_shown(sample_database: Path, page: str) -> None:
    questions = QUESTION.findall((ROOT / page).read_text(encoding="utf-8"))
    assert len(questions) == 5
    for query, text in questions:
        answer = ask(sample_database, query)
        found = [list(answer.columns), *([str(value) for value in row] for row in answer.rows)]
        assert found == shown(text)


def test_both_readmes_ask_the_same() -> None:
    pages = [QUESTION.findall((ROOT / page).read_text(encoding="utf-8")) for page in ("README.md", "README.zh-CN.md")]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "page", ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/methodology.md", "docs/cookbook.md")
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_data_dictionary_is_that_of_the_code() -> None:
    from warehouse.dictionary import describe, markdown

    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == markdown(describe())
