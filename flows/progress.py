"""The roof's voice: one line per thing done, in 中文 and English, on standard error. Nothing below the roof prints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

LABELS = {
    "sample": "样例",
    "start": "启动",
    "pull": "拉取",
    "take in": "收件",
    "read": "读取",
    "merge": "归并",
    "classify": "分类",
    "build": "建库",
    "check": "检查",
    "publish": "发布",
    "marts": "集市",
    "report": "报告",
    "compare": "比较",
    "replay": "重演",
    "watch": "守候",
    "done": "完成",
    "warning": "注意",
}
# Wide enough for the longest label in either language; rich counts a Han character as two cells.
LABEL_CELLS = 15


class Progress:
    """Tells stages as they end. `quiet` says nothing."""

    def __init__(self, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._started = time.monotonic()

    def tell(self, stage: str, what: str) -> None:
        label = Text(f"{LABELS[stage]} {stage}", style="bold red" if stage == "warning" else "bold cyan")
        label.pad_right(max(1, LABEL_CELLS - label.cell_len))
        elapsed = Text(f"{time.monotonic() - self._started:6.1f}s  ", style="dim")
        self._console.print(elapsed + label + Text(what))

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A moving sign while something long runs, on a terminal only."""
        if not self._console.is_terminal or self._console.quiet:
            yield
            return
        with self._console.status(what):
            yield


def rows(number: int) -> str:
    return f"{number:,}"
