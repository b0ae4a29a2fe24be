"""Run a reading in a child with limits on memory, processor time and clock time; its death is this file's error and no more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import polars as pl

import schemas.errors
from schemas.errors import PatnavError, ReadingDiedError, ReadingLimitError
from transforms.readers.child import FACTS, FAILURE, STORAGE_REFUSED, storage_refused
from transforms.readers.limits import Limits
from transforms.readers.table import Sheet

# What ends without a word may be read whole another time.
_AGAIN = "refresh again; where it stays so, split the export into smaller ones"


def read_limited(medium: str, path: Path, name: str, limits: Limits, options: dict) -> list[Sheet]:
    """The sheets that `child.py` reads from `path`. `options` is what JSON can write.

    The child hands back Arrow files, which are data and cannot run. Raises what the child raised; ReadingLimitError where a limit
    that the file itself reaches ended it; StorageError where there is no room for what it read; ReadingDiedError where it died
    otherwise, which may be the machine's doing: a clock that ran on, a system without memory that killed it.
    """
    with tempfile.TemporaryDirectory(prefix="patnav-read-") as folder:
        request = {
            "medium": medium,
            "path": str(path.resolve()),
            "name": name,
            "folder": folder,
            "limits": asdict(limits),
            "options": options,
        }
        with _child(request) as child:
            _wait(child, name, limits, Path(folder))
        return _sheets(Path(folder))


@contextmanager
def _child(request: dict) -> Iterator[subprocess.Popen]:
    # A child of its own program, not a fork: forks of a process with threads may never wake.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-c", "from transforms.readers.child import main; main()"]
    with open(Path(request["folder"]) / "stderr", "wb") as complaints:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, env=environment
        )
        try:
            child.stdin.write(json.dumps(request).encode())
            child.stdin.close()
            yield child
        except BrokenPipeError as error:
            raise ReadingDiedError(
                request["name"], "a reading that ended before it began", "a reading", _AGAIN
            ) from error
        finally:
            child.kill()
            child.wait()


def _wait(child: subprocess.Popen, name: str, limits: Limits, folder: Path) -> None:
    try:
        status = child.wait(timeout=limits.wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise ReadingDiedError(
            name, f"a reading of more than {limits.wall_seconds:g} seconds", "less", _AGAIN
        ) from error
    if (folder / FAILURE).exists():
        raise _failure(json.loads((folder / FAILURE).read_text(encoding="utf-8")))
    if status == 0 and (folder / FACTS).exists():
        return
    raise _death(status, name, limits, (folder / "stderr").read_text(encoding="utf-8", errors="replace"))


def _failure(facts: dict) -> PatnavError:
    kind = getattr(schemas.errors, facts["error"])
    return kind(facts["where"], facts["found"], facts["expected"], facts["remedy"])


def _death(status: int, name: str, limits: Limits, complaints: str) -> PatnavError:
    if status == -signal.SIGXCPU:
        return ReadingLimitError(
            name, f"a reading of more than {limits.cpu_seconds} processor seconds", "less", "split the export"
        )
    if status == STORAGE_REFUSED:
        return storage_refused(name, "没有写下原因 not even the reason could be written there")
    if "memory allocation" in complaints:
        return ReadingLimitError(
            name,
            f"a reading that ended by {_signal_name(status)}",
            f"one within {limits.memory} bytes of memory",
            "split the export into smaller ones",
        )
    last = complaints.strip().splitlines()[-1:] or ["without a word"]
    found = f"a reading that died ({_signal_name(status)}: {last[0][:200]})"
    return ReadingDiedError(name, found, f"one within {limits.memory} bytes of memory", _AGAIN)


def _signal_name(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit {status}"


def _sheets(folder: Path) -> list[Sheet]:
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    return [
        Sheet(
            each["name"],
            pl.read_ipc(folder / each["file"]),
            each["last"],
            each["counted"],
            tuple(each["header"]) if each["header"] is not None else None,
            tuple(each["remarks"]),
        )
        for each in facts
    ]
