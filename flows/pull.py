"""Pull what the sources of sources.toml offer into `raw/`, one source after the other, and keep in mind what each gave.

A source's files are taken all together or not at all: one that fails keeps what it gave before, and says since when.
`flows/pulled.py` holds that state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from flows.accept import Expected
from flows.address import Access
from flows.credentials import from_environment
from flows.download import Line, Manners
from flows.pulled import FAILED, PULLED, UNCHANGED, PulledFile, SourceState, now, read_state, write_state
from flows.sources import Source, client, read_sources
from flows.workspace import Workspace
from schemas.errors import PatnavError, PullError, WorkspaceError, WrongAnswerError, WrongContentError

Tell = Callable[[str], None]
_ABANDONED_DAYS = 30


@dataclass(frozen=True)
class Call:
    """What a client works with: a line to ask over (None for a kind that is not remote), `raw/`, and what is known by name.

    `root`: of the workspace, which paths in sources.toml are relative to. `tell`: progress, in words that hold no credential.
    """

    line: Line | None
    raw: Path
    root: Path
    known: dict[str, PulledFile]
    expected: Expected
    tell: Tell


def pull(workspace: Workspace, wanted: Iterable[str] = (), tell: Tell = lambda told: None) -> list[SourceState]:
    """Pull the sources named, or all. One that fails stops no other. Raises WorkspaceError where one is named that is not declared.

    The caller holds the workspace's lock.
    """
    declared = {source.id: source for source in read_sources(workspace.root).pulled}
    chosen = list(dict.fromkeys(wanted)) or list(declared)
    for source_id in chosen:
        if source_id not in declared:
            known = ", ".join(declared) or "none is declared"
            raise WorkspaceError(
                str(workspace.root / "sources.toml"),
                f"no source {source_id}",
                f"one of: {known}",
                "declare it: [[source]]",
            )
    _forget_abandoned(workspace.raw)
    return [pull_source(workspace, declared[source_id], tell) for source_id in chosen]


def pull_source(workspace: Workspace, source: Source, tell: Tell = lambda told: None) -> SourceState:
    """Pull one source, and write down what came of it."""
    titles = (source.get("title_zh"), source.get("title_en"))
    tell(" ".join(filter(None, (source.id, *titles, f"({source.kind}) …"))))
    before = replace(read_state(workspace, source.id), kind=source.kind, attempted_at=now())
    error, files = None, ()
    line = None
    try:
        line = line_of(source, workspace.root, tell) if source.is_remote else None
        files = _pulled(workspace, source, line, before, tell)
    except (PatnavError, OSError) as fault:
        error = fault if isinstance(fault, PatnavError) else _system_fault(source, fault)
    except Exception as fault:
        # A client's own mistake: told as its source's failure, so that it does not stop the others.
        error = PullError(
            source.where, f"{type(fault).__name__} in the client of kind {source.kind}", "files", "report it"
        )
    if error is not None:
        told = {key: line.clean(text) if line else text for key, text in error.as_dict().items()}
        # What came before the fault is noted already.
        state = replace(before, outcome=FAILED, error=told, coming=read_state(workspace, source.id).coming)
    else:
        is_same = {(file.name, file.sha256) for file in files} == {(file.name, file.sha256) for file in before.files}
        outcome = UNCHANGED if is_same and before.succeeded_at else PULLED
        state = replace(before, outcome=outcome, error=None, files=files, coming=(), succeeded_at=now())
    write_state(workspace, state)
    return state


def _pulled(
    workspace: Workspace, source: Source, line: Line | None, before: SourceState, tell: Tell
) -> tuple[PulledFile, ...]:
    known = {file.name: file for file in (*before.files, *before.coming)}

    def tell_safely(told: str) -> None:
        tell(line.clean(told) if line else told)

    call = Call(line, workspace.raw, workspace.root, known, expected_of(source), tell_safely)
    found: dict[str, PulledFile] = {}
    for file in client(source.kind).pull(source, call):
        if file.name in found:
            raise WrongAnswerError(
                source.where, f"two files named {file.name}", "names of their own", "narrow the pattern"
            )
        found[file.name] = file
        if file.name not in known or known[file.name].sha256 != file.sha256:
            write_state(workspace, replace(before, outcome=FAILED, error=_BROKE_OFF, coming=tuple(found.values())))
    limit = source.get("shrink_limit", Expected.shrink_limit)
    if not found or len(found) < (1 - limit) * len(before.files):
        raise WrongContentError(
            source.where, f"{len(found)} 个文件，上次 files where there were {len(before.files)} last time", "no such loss",
            "look at the source; if it is right, raise shrink_limit for one pull",
        )  # fmt: skip
    kept = [file for file in before.files if file.name not in found] if source.get("keep_vanished") else []
    return tuple(sorted([*found.values(), *kept], key=lambda file: file.name))


_BROKE_OFF = {
    "error": "PullError",
    "where": "",
    "found": "the pull broke off",
    "expected": "its end",
    "remedy": "pull again",
}


def _forget_abandoned(raw: Path) -> None:
    """Remove what came of downloads that nobody has continued for weeks."""
    for part in [*raw.glob(".*.part"), *raw.glob(".*.json"), *raw.glob(".*.plain"), *raw.glob(".*.tmp")]:
        if part.stat().st_mtime < time.time() - _ABANDONED_DAYS * 86_400:
            part.unlink()


def _system_fault(source: Source, fault: OSError) -> PullError:
    return PullError(
        source.where,
        f"{fault.strerror or type(fault).__name__}",
        "a readable folder and room on the disk",
        "check both",
    )


# ── what a source states, as the download wants it ───────────────────────────────────────────────────────────────


def line_of(source: Source, root: Path, tell: Tell = lambda told: None) -> Line:
    """The line that a remote source is asked over; raises CredentialError where a variable that it names is not set."""
    headers = {}
    if source.get("token_variable"):
        prefix = source.get("token_prefix", "Bearer " if "token_header" not in source.stated else "")
        headers[source.get("token_header", "Authorization")] = from_environment(
            source.get("token_variable"), source.where, prefix
        )
    proxy = from_environment(source.get("proxy_variable"), source.where) if source.get("proxy_variable") else None
    ca_file = root / source.get("ca_file") if source.get("ca_file") else None
    if ca_file and not ca_file.is_file():
        raise WorkspaceError(
            source.place.at("ca_file"), f"no file {source.get('ca_file')}", "certificates in PEM", "mend it"
        )
    return Line(
        source.where, access_of(source), manners_of(source), headers, home_of(source),
        proxy=proxy, ca_file=ca_file, tell=lambda told: tell(f"{source.id} {told}"),
    )  # fmt: skip


def access_of(source: Source) -> Access:
    """Where the source may be asked: its home, and the hosts that the entry names besides."""
    hosts = dict.fromkeys((*home_of(source), *source.get("hosts", ())))
    return Access(source.where, tuple(hosts), tuple(source.get("internal_hosts", ())))


def home_of(source: Source) -> tuple[str, ...]:
    """Where the credentials of the entry go: to hosts of the kind and of the entry's own addresses, not to where these may lead."""
    asked = client(source.kind)
    own = asked.hosts(source) if hasattr(asked, "hosts") else ()
    # An address that is a credential itself names its host in the environment only: those that are stated are its own.
    return (*asked.HOSTS, *own) or (*source.get("hosts", ()), *source.get("internal_hosts", ()))


def manners_of(source: Source) -> Manners:
    names = {
        "deadline_seconds": "deadline",
        "silence_seconds": "silence",
        "longest_wait_seconds": "longest_wait",
        "pause_seconds": "pause",
    }
    stated = {names.get(key, key): source.get(key) for key in (*names, "attempts", "max_bytes") if key in source.stated}
    if "silence" in stated:
        stated["connect"] = min(stated["silence"], Manners.connect)
    return Manners(**stated)


def expected_of(source: Source) -> Expected:
    media = source.get("format", ())
    return Expected(
        media=(media,) if isinstance(media, str) else tuple(media),
        header=tuple(source.get("header", ())),
        shrink_limit=source.get("shrink_limit", Expected.shrink_limit),
    )
