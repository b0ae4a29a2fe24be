"""`journal.jsonl` of a workspace: every refresh that was started, how far it came and how it ended.

The journal is the truth about runs; what Prefect shows is a picture of it. One JSON object per line, flushed to the disk
before the run goes on:

    {"event": "start",   "run_id", "at", "occasion", "slot", "patnav_version", "process"}
    {"event": "step",    "run_id", "at", "step"}                     a step begins; files that are read one by one are one step
    {"event": "end",     "run_id", "at", "outcome", "seconds", ...}  version, rows, losses, drift; or the error
    {"event": "refused", "at", "occasion", "slot", "reason"}         another refresh held the lock, or the slot was run already
    {"event": "told",    "at", "subject", "is_delivered", "problem"} a notification

A run without an end was killed: whoever holds the lock next closes it with the outcome "crashed".
"""

from __future__ import annotations

import datetime
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from schemas.errors import PatnavError
from warehouse.flushing import flush

MANUAL, SCHEDULED, MISSED = "manual", "scheduled", "missed"
PUBLISHED, NOTHING_NEW, FAILED, STOPPED, CRASHED = "published", "nothing_new", "failed", "stopped", "crashed"
SUCCESSES = (PUBLISHED, NOTHING_NEW)
# A refresh every minute writes some 1.5 MB a day; a file of this size is read in a tenth of a second.
FULL_BYTES = 8 << 20


@dataclass(frozen=True)
class Occasion:
    """Why a run takes place. `slot`: the moment of the schedule that it stands for, UTC."""

    kind: str = MANUAL
    slot: datetime.datetime | None = None


@dataclass(frozen=True)
class Run:
    """One run as the journal has it. `ended_at` and `outcome` are None while it runs, or when it was killed and is not closed yet.

    `facts`: the other keys of its end. `steps`: (step, when it began), the last one of a killed run being where it died.
    """

    run_id: str
    started_at: datetime.datetime
    occasion: Occasion
    patnav_version: str | None = None
    process: str | None = None
    steps: tuple[tuple[str, datetime.datetime], ...] = ()
    ended_at: datetime.datetime | None = None
    outcome: str | None = None
    seconds: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return self.outcome in SUCCESSES

    @property
    def is_running(self) -> bool:
        """Without end, and its process lives; told without touching the lock, which a refresh may want at this moment."""
        return (
            self.outcome is None and self.process is not None and self.process == process_identity(_pid(self.process))
        )

    @property
    def version_key(self) -> str | None:
        return self.facts.get("version_key")

    @property
    def last_step(self) -> str | None:
        return self.steps[-1][0] if self.steps else None

    @property
    def problem(self) -> str | None:
        """Why it did not succeed, in one line."""
        if self.outcome == CRASHED:
            return f"it was killed while in {self.last_step or 'its start'}"
        return self.facts.get("error")


class RunJournal:
    """The journal of one run: writes its start now, its steps and its end as they come. The caller holds the lock.

    Closes runs before it that were killed; `crashed` names them.
    """

    def __init__(self, path: Path, occasion: Occasion | None = None) -> None:
        self.occasion = occasion or Occasion()
        self.run_id, self.started_at, self._clock = str(uuid.uuid4()), _now(), time.monotonic()
        self._path, self._step = path, None
        self.crashed = close_crashed(path)
        archive_when_full(path)
        self._write(
            "start",
            occasion=self.occasion.kind,
            slot=_written(self.occasion.slot),
            patnav_version=version("patnav"),
            process=process_identity(os.getpid()),
        )

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._clock, 3)

    def noting(self, do: Callable[..., Any]) -> Callable[..., Any]:
        """`do`, writing down each step as it begins."""

        def noted(step: Callable, *arguments: Any) -> Any:
            if step.__name__ != self._step:
                self._step = step.__name__
                self._write("step", step=self._step)
            return do(step, *arguments)

        return noted

    def end(self, outcome: str, **facts: Any) -> None:
        self._write("end", outcome=outcome, seconds=self.seconds, **facts)

    def end_by(self, error: BaseException) -> None:
        """Stopped from outside (Ctrl-C, a signal) is not the same as failed."""
        outcome = FAILED if isinstance(error, Exception) else STOPPED
        self.end(outcome, error=f"{type(error).__name__}: {error}", in_step=self._step, **_told(error))

    def _write(self, event: str, **facts: Any) -> None:
        append(self._path, event, run_id=self.run_id, **facts)


def append(path: Path, event: str, **facts: Any) -> None:
    """One line, whole and on the disk when this returns."""
    entry = {"event": event, "at": _written(_now())} | {name: fact for name, fact in facts.items() if fact is not None}
    line = json.dumps(entry, ensure_ascii=False, default=str).encode() + b"\n"
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        # Power may have gone in the middle of a line: what comes now must not be glued to it.
        if _ends_torn(descriptor):
            line = b"\n" + line
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        flush(path.parent)


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """The lines in their order; one that power loss tore is passed over, the run it spoke of is then without end."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
            entry["at"] = datetime.datetime.fromisoformat(entry["at"])
        except (ValueError, KeyError, TypeError):
            continue
        yield entry


def runs(path: Path) -> list[Run]:
    """Every run of the journal, oldest first."""
    found: dict[str, Run] = {}
    for entry in entries(path):
        run = found.get(entry.get("run_id"))
        if entry["event"] == "start":
            found[entry["run_id"]] = _started(entry)
        elif run is not None and entry["event"] == "step":
            found[run.run_id] = replace(run, steps=(*run.steps, (entry["step"], entry["at"])))
        elif run is not None and entry["event"] == "end":
            found[run.run_id] = _ended(run, entry)
    return list(found.values())


def last_success(found: list[Run]) -> Run | None:
    return next((run for run in reversed(found) if run.is_success), None)


def process_identity(pid: int) -> str | None:
    """A process's number with when it began and since which boot, as numbers are given out again; None where there is none."""
    try:
        # The name of a program, in brackets, may hold spaces: what follows is counted from its end.
        began = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return f"{pid}-{began}-{boot}"


def _pid(identity: str) -> int:
    return int(identity.partition("-")[0])


def close_crashed(path: Path) -> list[Run]:
    """End every run that has no end, and return them. Only the holder of the refresh lock may call this: nobody else runs."""
    crashed = [run for run in runs(path) if run.outcome is None]
    for run in crashed:
        append(path, "end", run_id=run.run_id, outcome=CRASHED, in_step=run.last_step)
    return [replace(run, outcome=CRASHED) for run in crashed]


def archive_when_full(path: Path, full_bytes: int = FULL_BYTES) -> Path | None:
    """Put a full journal aside under the time of its last line; nothing of it is ever deleted. The caller holds the lock."""
    if not path.exists() or path.stat().st_size < full_bytes:
        return None
    until = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    archive = path.with_name(f"{path.stem}-until-{until:%Y%m%dT%H%M%S%f}.jsonl")
    fresh = path.with_name(f".{path.name}.tmp")
    fresh.unlink(missing_ok=True)
    for entry in _to_go_on_from(path):
        append(fresh, entry.pop("event"), **entry | {"at": _written(entry["at"])})
    # Two names for a moment, so that at no time there is no journal.
    archive.unlink(missing_ok=True)
    os.link(path, archive)
    fresh.replace(path)
    flush(path.parent)
    return archive


def _to_go_on_from(path: Path) -> list[dict[str, Any]]:
    """The lines of the last success and of what came after it: the new journal must know how fresh the workspace is."""
    found, lines = runs(path), list(entries(path))
    last = last_success(found) or (found[-1] if found else None)
    if last is None:
        return []
    begins = next(number for number, entry in enumerate(lines) if entry.get("run_id") == last.run_id)
    return lines[begins:]


def _started(entry: dict[str, Any]) -> Run:
    slot = datetime.datetime.fromisoformat(entry["slot"]) if entry.get("slot") else None
    occasion = Occasion(entry.get("occasion", MANUAL), slot)
    return Run(entry["run_id"], entry["at"], occasion, entry.get("patnav_version"), entry.get("process"))


_OWN_KEYS = ("event", "run_id", "at", "outcome", "seconds")


def _ended(run: Run, entry: dict[str, Any]) -> Run:
    facts = {name: fact for name, fact in entry.items() if name not in _OWN_KEYS}
    return replace(run, ended_at=entry["at"], outcome=entry.get("outcome"), seconds=entry.get("seconds"), facts=facts)


def _told(error: BaseException) -> dict[str, Any]:
    return {"problem": error.as_dict()} if isinstance(error, PatnavError) else {}


def _ends_torn(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _written(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None
