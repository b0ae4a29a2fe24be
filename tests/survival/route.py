"""One refresh by the command line, under conditions: killed at a moment, failing at an operation, without disk to write on.

A request is JSON: {"workspace", "told": where what it prints goes, and of these what is wished:
"kill_at": [checkpoint, which time], "trace": file for the checkpoints passed, "room": bytes that a file may have at most,
"fail_at": [operation, which time], "operations": file for the operations counted, "threads": of DuckDB}
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from flows import checkpoints, cli
from tests.survival import faults

FINISHED = "finished.json"


def run(request: dict) -> int:
    """The exit code of `patnav refresh --no-prefect`; when it ended is left beside what it told."""
    began = time.time()
    # Kept in memory: where files may not grow, what is told would be cut as well.
    told = sys.stdout = sys.stderr = io.StringIO()
    with ExitStack() as conditions:
        _take(request, conditions)
        code = _refresh(request["workspace"])
    Path(request["told"]).write_text(told.getvalue(), encoding="utf-8")
    ended = {
        "code": code,
        "began": began,
        "ended": time.time(),
        "busy": time.process_time(),
        "prefect": "prefect" in sys.modules,
    }
    Path(request["told"]).with_suffix(".json").write_text(json.dumps(ended))
    return code


def _refresh(workspace: str) -> int:
    sys.argv = ["patnav", "refresh", "--no-prefect", "--quiet", "--workspace", workspace]
    try:
        cli.main()
    except SystemExit as left:
        return left.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _take(request: dict, conditions: ExitStack) -> None:
    if "kill_at" in request:
        conditions.enter_context(checkpoints.watched(_killing(*request["kill_at"])))
    if "trace" in request:
        trace = conditions.enter_context(Path(request["trace"]).open("w", encoding="utf-8"))  # noqa: SIM115
        conditions.enter_context(checkpoints.watched(lambda name: print(name, file=trace)))
    if "operations" in request or "fail_at" in request:
        conditions.enter_context(faults.counted(request.get("fail_at"), request.get("operations")))
    if "threads" in request:
        from warehouse import content

        content.BOUNDED["threads"] = str(request["threads"])
    if "room" in request:
        # Writing on beyond it is an error like a full disk's, not a signal.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["room"], resource.RLIM_INFINITY))
        conditions.callback(resource.setrlimit, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


def _killing(moment: str, time_of_it: int) -> checkpoints.Watcher:
    passed: Counter[str] = Counter()

    def kill(name: str) -> None:
        passed[name] += 1
        if (name, passed[name]) == (moment, time_of_it):
            os.kill(os.getpid(), signal.SIGKILL)

    return kill


if __name__ == "__main__":
    from tests.survival.small import take_cabinets

    take_cabinets()
    sys.exit(run(json.loads(sys.argv[1])))
