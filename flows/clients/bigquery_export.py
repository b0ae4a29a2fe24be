"""kind = "bigquery_export": the Parquet files that BigQuery's EXPORT DATA wrote into a bucket of Google Cloud Storage, over https.

The bucket is asked what objects lie under the prefix; each is held against the size and the MD5 that the bucket states.
A bucket that is not public wants an access token (`token_variable`), which lasts an hour.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flows.clients._asking import base, base_hosts, check_base, field, number
from flows.pulled import PulledFile
from flows.sources import Source, fits
from schemas.errors import IncompleteDownloadError, WorkspaceError, WrongAnswerError, WrongContentError

KEYS = {"bucket": str, "prefix": str, "pattern": str, "base_url": str}
REQUIRED = ("bucket",)
HOSTS = ("storage.googleapis.com",)
IS_REMOTE = True
_BASE = "https://storage.googleapis.com"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
# BigQuery puts a number of twelve digits for the * of its uri.
_SHARD = re.compile(r"^(.*?)(\d{12})(\D*)$")
_MOST_PAGES = 1_000


def check(source: Source) -> None:
    """Raises WorkspaceError where the bucket or the address cannot be."""
    check_base(source, HOSTS)
    if not _BUCKET.fullmatch(source.get("bucket")):
        raise WorkspaceError(
            source.place.at("bucket"), f"bucket = {source.get('bucket')!r}", "a bucket's name", "mend it"
        )


def hosts(source: Source) -> tuple[str, ...]:
    return base_hosts(source)


def pull(source: Source, call) -> Iterator[PulledFile]:
    bucket = f"{base(source, _BASE)}/storage/v1/b/{quote(source.get('bucket'), safe='')}/o"
    objects = sorted(_objects(source, call, bucket), key=lambda each: each["name"])
    if not objects:
        raise WrongContentError(
            source.where,
            "没有所需文件 the bucket has no file that fits",
            f"{source.get('prefix', '')}*",
            "look at the export",
        )
    _require_every_shard(source, [each["name"] for each in objects])
    expected = call.expected if call.expected.media else replace(call.expected, media=("parquet",))
    for place, each in enumerate(objects, start=1):
        name = each["name"]
        call.tell(f"{source.id} {place}/{len(objects)} {name}")
        url = f"{bucket}/{quote(name, safe='')}?alt=media"
        file = call.line.fetch(url, call.raw, name, known=call.known.get(name), expected=expected)
        _compare(source, each, file, call.raw)
        yield file


def _objects(source: Source, call, bucket: str) -> Iterator[dict[str, Any]]:
    params = {"prefix": source.get("prefix", ""), "fields": "items(name,size,md5Hash),nextPageToken"}
    for _ in range(_MOST_PAGES):
        answer = call.line.ask(bucket, params=params)
        page = answer.json()
        # A page without objects has no items at all.
        for each in field(answer.where, page, "items", kind=list) if page != {} and "items" in page else []:
            name = field(answer.where, each, "name", kind=str)
            if not name.endswith("/") and fits(name, source.get("pattern", "*.parquet")):
                number(answer.where, each, "size")
                yield each
        if "nextPageToken" not in page:
            if page and "items" not in page:
                raise WrongAnswerError(
                    answer.where, f"没有字段 no field items among {', '.join(sorted(page))[:80]}",
                    "an answer as the service documents it",
                    "the service may have changed: look at its notices",
                )  # fmt: skip
            return
        params = params | {"pageToken": field(answer.where, page, "nextPageToken", kind=str)}
    raise WrongAnswerError(source.where, f"more than {_MOST_PAGES:,} pages of objects", "fewer", "narrow the prefix")


def _require_every_shard(source: Source, names: list[str]) -> None:
    """The files of one export are numbered from 0; a gap is a file that is not there (yet)."""
    shards: dict[tuple[str, str], list[int]] = {}
    for name in names:
        if found := _SHARD.match(name):
            shards.setdefault((found[1], found[3]), []).append(int(found[2]))
    for (before, after), numbers in shards.items():
        missing = sorted(set(range(max(numbers) + 1)) - set(numbers))
        if missing:
            raise IncompleteDownloadError(
                source.where, f"{before}…{after} 缺 {len(missing)} 个分片 lacks the shard {missing[0]:012d}", "every shard",
                "wait until the export has ended, then pull again",
            )  # fmt: skip


def _compare(source: Source, stated: dict[str, Any], file: PulledFile, raw: Path) -> None:
    if file.bytes != int(stated["size"]):
        raise IncompleteDownloadError(
            f"{source.where} {file.name}", f"{file.bytes:,} bytes, the bucket states {int(stated['size']):,}", "all bytes",
            "pull again",
        )  # fmt: skip
    if not stated.get("md5Hash"):
        return  # an object that was put together of parts has none
    with (raw / file.sha256).open("rb") as content:
        found = base64.b64encode(hashlib.file_digest(content, "md5").digest()).decode()
    if found != stated["md5Hash"]:
        raise IncompleteDownloadError(
            f"{source.where} {file.name}",
            "its MD5 is not the one that the bucket states",
            "these very bytes",
            "pull again",
        )
