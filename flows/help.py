"""The help as typer writes it, on a console that loses nothing of it (see FoldingConsole)."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from flows.terminal import FoldingConsole


def _fold() -> None:
    """Typer names no other way to its console. The import costs as much as all commands: only whoever asks for help waits for it."""
    from typer import rich_utils

    rich_utils.Console = FoldingConsole


class FoldedCommand(TyperCommand):
    def format_help(self, *arguments: Any) -> None:
        _fold()
        super().format_help(*arguments)


class FoldedGroup(TyperGroup):
    def format_help(self, *arguments: Any) -> None:
        _fold()
        super().format_help(*arguments)
