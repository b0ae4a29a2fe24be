"""What the help says is what was written: markup takes `[schedule]` for a style and swallows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
import typer
from typer import rich_utils
from typer.testing import CliRunner

from flows.cli import app

# Wide enough that no sentence is broken.
WIDTH = {"COLUMNS": "500", "TERMINAL_WIDTH": "500"}


def written(
    command: typer.core.TyperCommand, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every command with the sentences of its help."""
    texts = [command.help, command.epilog, *(getattr(each, "help", None) for each in command.params)]
    yield path, [line.strip() for text in texts if text for line in text.splitlines() if line.strip()]
    for name, inner in getattr(command, "commands", {}).items():
        yield from written(inner, (*path, name))


def lost(application: typer.Typer) -> list[str]:
    """Sentences that do not stand in the help as they were written."""
    found = []
    for path, sentences in written(typer.main.get_command(application)):
        shown = CliRunner().invoke(application, [*path, "--help"], env=WIDTH).output
        folded = " ".join(shown.replace("│", " ").split())
        found += [f"{' '.join(path)}: {each}" for each in sentences if " ".join(each.split()) not in folded]
    return found


def test_no_help_loses_a_word() -> None:
    assert len(list(written(typer.main.get_command(app)))) > 25
    assert lost(app) == []


def letters(text: str) -> Counter[str]:
    return Counter(re.sub(r"[\s│─╭╮╰╯]", "", text))


@pytest.mark.parametrize("width", (40, 62, 80, 100))
def test_a_narrow_terminal_loses_no_letter_of_the_help(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    # Chinese has no spaces to break at, and what does not fit between two of them would be cut off.
    def helped(path: tuple[str, ...], cells: int) -> Counter[str]:
        monkeypatch.setattr(rich_utils, "MAX_WIDTH", cells)
        return letters(CliRunner().invoke(app, [*path, "--help"]).output)

    commands = [path for path, _ in written(typer.main.get_command(app))]
    assert {path: helped(path, 500) - helped(path, width) for path in commands} == dict.fromkeys(commands, Counter())


@pytest.mark.parametrize("sentence", ("Refresh by [schedule] of the file.", "Take [red]all[/red] of it."))
def test_a_swallowed_bracket_is_found(sentence: str) -> None:
    swallowing = typer.Typer()
    swallowing.command("serve", help=sentence)(lambda: None)
    swallowing.command("other", help="Another.")(lambda: None)
    assert lost(swallowing) == [f"serve: {sentence}"]
