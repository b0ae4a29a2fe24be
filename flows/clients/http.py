"""kind = "http": one file, or the files that a page lists, over https; zip and gzip are opened when they are taken in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from flows.address import Access
from flows.credentials import Secret, from_environment
from flows.pull import Call
from flows.pulled import PulledFile
from flows.sources import Source, fits
from schemas.errors import AddressRefusedError, WorkspaceError, WrongAnswerError, WrongContentError

KEYS = {
    "url": str, "url_variable": str, "listing": str, "pattern": (str, list), "newest": int, "name": str, "sha256": str, "sha256_url": str,
    "query_variables": dict,
}  # fmt: skip
REQUIRED = ()
HOSTS = ()
IS_REMOTE = True
_ADDRESSES = ("url", "listing", "sha256_url")
# Names in a query that give a credential away; such an address belongs into the environment.
_CREDENTIAL = re.compile(
    r"(?i)(token|secret|passw|signature|api[-_]?key|access[-_]?key|credential|auth)|^(sig|key|pwd|sas)$"
)
_MOST_FILES = 10_000
_PORTS = {"http": 80, "https": 443}


def check(source: Source) -> None:
    """One of url, url_variable and listing; addresses that may be asked and hold no credential. Raises WorkspaceError."""
    stated = [key for key in ("url", "url_variable", "listing") if source.get(key)]
    if len(stated) != 1:
        raise WorkspaceError(
            str(source.place),
            f"{' and '.join(stated) or 'no address'}",
            "one of url, url_variable and listing",
            "mend it",
        )
    for key in ("pattern", "newest"):
        if key in source.stated and not source.get("listing"):
            raise WorkspaceError(source.place.at(key), f"{key} without listing", "a page that lists files", "delete it")
    if source.get("sha256") and not re.fullmatch(r"[0-9a-f]{64}", source.get("sha256")):
        raise WorkspaceError(source.place.at("sha256"), "sha256", "64 of 0-9 and a-f", "mend it")
    for name, variable in source.get("query_variables", {}).items():
        if not isinstance(variable, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
            raise WorkspaceError(
                source.place.at("query_variables"), f"{name}: no name of an environment variable", f'{name} = "MY_TOKEN"',
                "put the credential into the environment, never into this file",
            )  # fmt: skip
    if source.get("url_variable") and not (source.get("hosts") or source.get("internal_hosts")):
        raise WorkspaceError(str(source.place), "url_variable without hosts", "the hosts that it may name", "add hosts")
    access = Access(
        str(source.place), hosts(source) + tuple(source.get("hosts", ())), tuple(source.get("internal_hosts", ()))
    )
    for key in _ADDRESSES:
        if source.get(key):
            _check_address(source, key, access)


def hosts(source: Source) -> tuple[str, ...]:
    """The hosts that the entry's own addresses name."""
    found = []
    for key in _ADDRESSES:
        try:
            parts = urlsplit(source.get(key, ""))
            if parts.hostname:
                found.append(f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 443)}")
        except ValueError:
            continue  # `check` tells what is wrong with it
    return tuple(found)


def pull(source: Source, call: Call) -> Iterator[PulledFile]:
    params = {
        name: from_environment(variable, source.where) for name, variable in source.get("query_variables", {}).items()
    }
    expected = replace(call.expected, sha256=_stated_checksum(source, call, params))
    if source.get("listing"):
        links = _listed(source, call, params)
        for number, (name, url) in enumerate(links, start=1):
            call.tell(f"{source.id} {number}/{len(links)} {name}")
            own = params if call.line.is_home(url) else {}
            yield call.line.fetch(url, call.raw, name, known=call.known.get(name), expected=expected, params=own)
        return
    url = (
        from_environment(source.get("url_variable"), source.where) if source.get("url_variable") else source.get("url")
    )
    name = source.get("name") or (source.id if source.get("url_variable") else _name_of(url) or source.id)
    yield call.line.fetch(url, call.raw, name, known=call.known.get(name), expected=expected, params=params)


def _check_address(source: Source, key: str, access: Access) -> None:
    try:
        access.check(source.get(key))
    except AddressRefusedError as error:
        fault = error.found
    else:
        names = [name for name, _ in parse_qsl(urlsplit(source.get(key)).query, keep_blank_values=True)]
        fault = next((f"a credential in the query ({name})" for name in names if _CREDENTIAL.search(name)), None)
    if fault:
        raise WorkspaceError(
            source.place.at(key), f"{key}: {fault}", "https://host/path without credentials (http only for internal_hosts)",
            "credentials go by token_variable, query_variables or url_variable",
        )  # fmt: skip


def _stated_checksum(source: Source, call: Call, params: dict[str, Secret]) -> str | None:
    if not source.get("sha256_url"):
        return source.get("sha256")
    text = call.line.ask(source.get("sha256_url"), params=params).body.decode("utf-8", errors="replace")
    found = re.search(r"\b[0-9a-fA-F]{64}\b", text)
    if not found:
        raise WrongAnswerError(source.where, "no sha256 at sha256_url", "64 of 0-9 and a-f", "check the address")
    return found[0].lower()


def _listed(source: Source, call: Call, params: dict[str, Secret]) -> list[tuple[str, str]]:
    """Names and addresses of the files that the page lists and the pattern wants, sorted by name."""
    page = source.get("listing")
    answer = call.line.ask(page, params=params)
    found: dict[str, str] = {}
    for href in hrefs(answer.body.decode("utf-8", errors="replace")):
        # Pages write their links as they like; what is asked is plain ASCII.
        url = urljoin(page, quote(href.strip(), safe="%/:?&=#[]@!$'()*+,;~-._"))
        name = _name_of(url)
        if name and fits(name, source.get("pattern", "*.*")):
            if found.get(name, url) != url:
                raise WrongAnswerError(source.where, f"two links named {name}", "one of each", "narrow the pattern")
            found[name] = url
    if not found:
        raise WrongContentError(
            source.where, "页面中没有所需文件 the page lists no file that fits", f"{source.get('pattern', '*')}",
            "look at the page: it may have changed, or want a login",
        )  # fmt: skip
    links = sorted(found.items())[-source.get("newest", _MOST_FILES) :]
    if len(found) > _MOST_FILES and not source.get("newest"):
        raise WrongAnswerError(source.where, f"{len(found):,} files", f"at most {_MOST_FILES:,}", "narrow the pattern")
    return links


def _name_of(url: str) -> str:
    """The last part of an address, as people read it: a label, never a path."""
    name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    return "".join(character if character.isprintable() and character not in "/\\" else "_" for character in name)


def hrefs(text: str) -> list[str]:
    parser = _Links()
    parser.feed(text)
    return parser.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attributes if name == "href" and value]
