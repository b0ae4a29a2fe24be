"""What docs/cookbook.md shows is what the sample answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_readme import QUESTION, shown
from warehouse.question import ask

QUESTIONS = QUESTION.findall((ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8"))


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize(("query", "text"), QUESTIONS, ids=range(1, len(QUESTIONS) + 1))
def test_a_question_has_the_answer_that_is_shown(sample_database: Path, query: str, text: str) -> None:
    answer = ask(sample_database, query)
    found = [list(answer.columns), *([str(value) for value in row] for row in answer.rows)]
    assert found == shown(text)
