"""The command line: the verbs of the route. Results on standard output, progress and errors on standard error.

Each file of commands/ is one verb: it has `command`, or `app` where the verb has verbs of its own, and the PANEL of
the help that it stands in. Commands import what they run inside the function, so that `--help` stays quick.
"""

from __future__ import annotations

import atexit
import os
import sys
from importlib import import_module
from pathlib import Path

import typer

from flows.encoding import StandIns
from flows.help import FoldedCommand, FoldedGroup
from flows.terminal import BUSY, FAILED, STOPPED, Panel, print_json
from schemas.errors import PatnavError, RefreshBusyError, StorageError

COMMANDS = Path(__file__).with_name("commands")

EXIT_CODES = """
退出码 exit codes: 0 完成 done · 1 失败 failed · 2 用法错误 usage · 3 完成但有隔离 done, but something was set aside ·
75 另一刷新正在运行 another refresh of the workspace runs · 130 已中断 stopped by Ctrl-C
"""

app = typer.Typer(
    cls=FoldedGroup,
    help="专利导航：检索工具的导出文件进，已校验、已分类的 DuckDB 数据仓库与报告出。\n\n"
    "Patent navigation: exports of patent search tools in, a validated, classified DuckDB warehouse and a report out.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add_commands() -> None:
    verbs = {
        file.stem.replace("_", "-"): import_module(f"flows.commands.{file.stem}")
        for file in sorted(COMMANDS.glob("[!_]*.py"))
    }
    panels = list(Panel)
    for name, verb in sorted(verbs.items(), key=lambda item: panels.index(item[1].PANEL)):
        if hasattr(verb, "app"):
            app.add_typer(verb.app, name=name, rich_help_panel=verb.PANEL, cls=FoldedGroup)
            for own in verb.app.registered_commands:
                own.cls = FoldedCommand
        else:
            app.command(name, rich_help_panel=verb.PANEL, cls=FoldedCommand)(verb.command)


_add_commands()


def main() -> None:
    """Entry point: runs a verb, tells a failure in one line and leaves with its code."""
    leaving = _Leaving(StandIns())
    atexit.register(leaving.at_once)
    try:
        app()
    except Exception as error:
        told = error if isinstance(error, PatnavError) else _told_by_the_disk(error)
        if told is None:
            raise
        if "--json" in sys.argv:
            print_json(told.as_dict())
        print(f"patnav: {told}", file=sys.stderr)
        leaving.code = BUSY if isinstance(told, RefreshBusyError) else FAILED
        sys.exit(leaving.code)
    except SystemExit as end:
        leaving.code = end.code if isinstance(end.code, int) else FAILED if end.code else 0
        if leaving.code == STOPPED:  # what typer makes of Ctrl-C
            print("patnav: 已中断，已发布的版本完好 stopped; the published version is whole", file=sys.stderr)
        raise


def _told_by_the_disk(error: Exception) -> StorageError | None:
    from flows.storage import refusal  # brings DuckDB and polars, which a command may do without

    return refusal(error)


class _Leaving:
    """The end of the process: the last of all exit handlers, registered first, leaves everything to the system.

    Taking the interpreter down piece by piece costs half a CPU second after a refresh. Prefect's event loops run on
    meanwhile and hold what they have seen, of which DuckDB's binding then complains in sixty lines.
    """

    code = FAILED  # unless told otherwise: an error that nobody caught

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def at_once(self) -> None:
        sys.stdout.flush()
        if self._stand_ins.told:
            print(f"patnav: {self._stand_ins.told}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(self.code)


if __name__ == "__main__":
    main()
