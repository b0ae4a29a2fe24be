"""kind = "bulk_http": bulk data as offices lay it out on a server: folders by week or year, files in them (CNIPA, WIPO).

The folders are walked from a page that lists them, never above it and never to another host. Some offices want a user and a
password, sent with every request to that host alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote, urljoin, urlsplit

from flows.address import Access
from flows.clients.http import hrefs
from flows.credentials import Secret, from_environment
from flows.pulled import PulledFile
from flows.sources import Source, fits
from schemas.errors import AddressRefusedError, WorkspaceError, WrongAnswerError, WrongContentError

KEYS = {
    "listing": str,
    "folders": (str, list),
    "pattern": (str, list),
    "newest_folders": int,
    "depth": int,
    "checksums": str,
    "user_variable": str,
    "password_variable": str,
}
REQUIRED = ("listing",)
HOSTS = ()
IS_REMOTE = True
_PORTS = {"http": 80, "https": 443}
_DEPTH, _MOST_PAGES, _MOST_FILES = 2, 2_000, 50_000
_CHECKSUM = re.compile(r"^([0-9a-fA-F]{64})\s+\*?(.+?)\s*$", re.MULTILINE)


def check(source: Source) -> None:
    """Raises WorkspaceError where the address may not be asked, or a user comes without a password."""
    access = Access(
        str(source.place), (*hosts(source), *source.get("hosts", ())), tuple(source.get("internal_hosts", ()))
    )
    try:
        access.check(source.get("listing"))
    except AddressRefusedError as error:
        raise WorkspaceError(
            source.place.at("listing"), f"listing: {error.found}", "https://host/folder/ (http only for internal_hosts)"
        ) from error
    if not urlsplit(source.get("listing")).path.endswith("/"):
        raise WorkspaceError(
            source.place.at("listing"), "listing does not end with /", "a folder, whose inside is walked", "add the /"
        )
    if bool(source.get("user_variable")) != bool(source.get("password_variable")):
        raise WorkspaceError(str(source.place), "a user without a password, or the reverse", "both or none", "add it")


def hosts(source: Source) -> tuple[str, ...]:
    """The host of the listing."""
    try:
        parts = urlsplit(source.get("listing", ""))
        return (f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 443)}",) if parts.hostname else ()
    except ValueError:
        return ()  # `check` tells what is wrong with it


def pull(source: Source, call) -> Iterator[PulledFile]:
    own = _credentials(source, call)
    found, stated = _walked(source, call, own)
    if not found:
        raise WrongContentError(
            source.where, "没有所需文件 no file that fits", f"{source.get('pattern', '*.*')}",
            "look at the listing: it may have changed, or want a login",
        )  # fmt: skip
    for place, (name, url) in enumerate(sorted(found.items()), start=1):
        call.tell(f"{source.id} {place}/{len(found)} {name}")
        expected = replace(call.expected, sha256=stated.get(name) or call.expected.sha256)
        yield call.line.fetch(url, call.raw, name, known=call.known.get(name), expected=expected, headers=own)


def _credentials(source: Source, call) -> dict[str, Secret]:
    if not source.get("user_variable"):
        return {}
    user = call.line.hide(from_environment(source.get("user_variable"), source.where))
    password = call.line.hide(from_environment(source.get("password_variable"), source.where))
    both = base64.b64encode(f"{user.reveal()}:{password.reveal()}".encode()).decode()
    return {"Authorization": call.line.hide(Secret(both, password.name, "Basic "))}


def _walked(source: Source, call, own: Mapping[str, Secret]) -> tuple[dict[str, str], dict[str, str]]:
    """Name (its path below the listing) -> address of the files that are wanted, and name -> sha256 where the server states it."""
    root = source.get("listing")
    pages, seen, files, stated = [(root, 0)], {root}, {}, {}
    while pages:
        page, depth = pages.pop(0)
        answer = call.line.ask(page, headers=own)
        below = _below(root, page, answer.body.decode("utf-8", errors="replace"))
        folders = [url for url in below if url.endswith("/") and fits(_name(root, url), source.get("folders", "*"))]
        if depth == 0:
            folders = sorted(folders)[-source.get("newest_folders", _MOST_PAGES) :]
        if depth < source.get("depth", _DEPTH):
            pages += [(url, depth + 1) for url in folders if url not in seen]
            seen |= set(folders)
        for url in below:
            name = _name(root, url)
            if source.get("checksums") and fits(name, source.get("checksums")):
                stated |= _checksums(source, call, own, url, name)
            elif not url.endswith("/") and fits(name, source.get("pattern", "*.*")):
                files[name] = url
        if len(seen) > _MOST_PAGES or len(files) > _MOST_FILES:
            raise WrongAnswerError(
                source.where, f"{len(seen):,} folders, {len(files):,} files", "fewer", "narrow folders or pattern"
            )
    return files, stated


def _below(root: str, page: str, text: str) -> list[str]:
    """The addresses that a page links to and that lie below the listing, without query and fragment."""
    found = (urlsplit(urljoin(page, href.strip()))._replace(query="", fragment="").geturl() for href in hrefs(text))
    return sorted({url for url in found if url.startswith(root) and url not in (root, page) and ".." not in url})


def _name(root: str, url: str) -> str:
    name = unquote(url.removeprefix(root)).rstrip("/")
    return "".join(character if character.isprintable() and character != "\\" else "_" for character in name)


def _checksums(source: Source, call, own: Mapping[str, Secret], url: str, name: str) -> dict[str, str]:
    """What a file like SHA256SUMS says of the files beside it."""
    text = call.line.ask(url, headers=own).body.decode("utf-8", errors="replace")
    folder = name.rpartition("/")[0]
    found = {f"{folder}/{each}" if folder else each: digest.lower() for digest, each in _CHECKSUM.findall(text)}
    if not found:
        raise WrongAnswerError(source.where, f"no sha256 in {name}", "lines of sha256 and name", "look at the source")
    return found
