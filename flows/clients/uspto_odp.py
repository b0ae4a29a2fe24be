"""kind = "uspto_odp": the files of a bulk product of the USPTO's Open Data Portal, such as PTGRXML (grants, weekly).

The portal is asked what files the product has, page by page, and the files that are wanted are fetched like any other. Its key is
sent to it alone, not along to where its files lie.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flows.clients._asking import base, base_hosts, changed, check_base, check_span, field, number
from flows.credentials import Secret, from_environment
from flows.pulled import PulledFile
from flows.sources import Source, fits
from schemas.errors import IncompleteDownloadError, WorkspaceError, WrongContentError

KEYS = {
    "product": str,
    "pattern": (str, list),
    "newest": int,
    "published_from": datetime.date,
    "published_to": datetime.date,
    "key_variable": str,
    "base_url": str,
}
REQUIRED = ("product", "key_variable")
HOSTS = ("api.uspto.gov", "*.uspto.gov")
IS_REMOTE = True
_BASE = "https://api.uspto.gov"
_PAGE = 100
_MOST_FILES = 10_000


def check(source: Source) -> None:
    """Raises WorkspaceError where the product, the dates or the address cannot be."""
    check_base(source, HOSTS)
    check_span(source)
    if not source.get("product").isalnum():
        raise WorkspaceError(
            source.place.at("product"), f"product = {source.get('product')!r}", "as PTGRXML", "mend it"
        )


def hosts(source: Source) -> tuple[str, ...]:
    return base_hosts(source)


def pull(source: Source, call) -> Iterator[PulledFile]:
    key = {"X-API-KEY": from_environment(source.get("key_variable"), source.where)}
    wanted = [file for file in _files(source, call, key) if _is_wanted(source, file)]
    if not wanted:
        raise WrongContentError(
            source.where, "没有所需文件 the product has no file that fits", f"{source.get('pattern', '*.zip')}",
            "look at the product's page",
        )  # fmt: skip
    wanted = sorted(wanted, key=lambda file: file["fileName"])[-source.get("newest", _MOST_FILES) :]
    for place, file in enumerate(wanted, start=1):
        name, url = file["fileName"], file["fileDownloadURI"]
        call.tell(f"{source.id} {place}/{len(wanted)} {name}")
        own = key if call.line.is_home(url) else {}
        yield call.line.fetch(url, call.raw, name, known=call.known.get(name), expected=call.expected, headers=own)


def _files(source: Source, call, key: dict[str, Secret]) -> list[dict[str, Any]]:
    """Every file of the product, held against the number that the portal states."""
    address = f"{base(source, _BASE)}/api/v1/datasets/products/{quote(source.get('product'))}"
    found: dict[str, dict[str, Any]] = {}
    while True:
        params = {"includeFiles": "true", "offset": str(len(found)), "limit": str(_PAGE)}
        answer = call.line.ask(address, params=params | _dates(source), headers=key)
        bag = field(answer.where, answer.json(), "bulkDataProductBag", 0, "productFileBag", kind=dict)
        stated = number(answer.where, bag, "count")
        page = field(answer.where, bag, "fileDataBag", kind=list)
        before = len(found)
        for file in page:
            found[field(answer.where, file, "fileName", kind=str)] = file
            field(answer.where, file, "fileDownloadURI", kind=str)
        if len(found) >= stated:
            return list(found.values())
        if len(found) == before:
            raise IncompleteDownloadError(
                source.where, f"{len(found):,} of {stated:,} files are named", "all of them", "pull again"
            )
        if len(found) > _MOST_FILES:
            raise changed(answer.where, f"more than {_MOST_FILES:,} files")


def _dates(source: Source) -> dict[str, str]:
    stated = {"fileDataFromDate": source.get("published_from"), "fileDataToDate": source.get("published_to")}
    return {name: day.isoformat() for name, day in stated.items() if day}


def _is_wanted(source: Source, file: dict[str, Any]) -> bool:
    """By name, and by date once more: the portal does not always hold itself to the dates that it was asked for."""
    if not fits(file["fileName"], source.get("pattern", "*.zip")):
        return False
    first, last = source.get("published_from"), source.get("published_to")
    until, since = file.get("fileDataToDate"), file.get("fileDataFromDate")
    is_too_early = first is not None and until is not None and until < first.isoformat()
    is_too_late = last is not None and since is not None and since > last.isoformat()
    return not is_too_early and not is_too_late
