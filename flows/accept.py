"""What came is looked at before it is taken: whole, of the format expected, and no login page under a file's name."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import (
    DamagedArchiveError,
    DownloadLimitError,
    IncompleteDownloadError,
    PatnavError,
    UnreadableFileError,
    WrongContentError,
)
from transforms.readers.containers import open_container
from transforms.readers.limits import LIMITS, Limits
from transforms.readers.media import MEDIA, media_of

# What a name promises. Tools write tables of HTML, XML or text under .xls.
_BY_ENDING = {
    ".zip": ("zip",), ".gz": ("gzip",), ".xlsx": ("xlsx",), ".xls": ("xls", "html", "xml", "csv", "xlsx"), ".csv": ("csv",),
    ".tsv": ("csv",), ".txt": ("csv",), ".json": ("json",), ".jsonl": ("json",), ".ndjson": ("json",), ".xml": ("xml",),
    ".parquet": ("parquet",), ".html": ("html",), ".htm": ("html",),
}  # fmt: skip
# Where nothing is promised: everything but what servers write their errors in.
_UNNAMED = tuple(media for media in MEDIA if media not in ("html", "json"))
_HEAD, _TAIL = 1 << 16, 1 << 12
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class Expected:
    """What a download must be. `media`: of MEDIA, else what the name's ending promises. `header`: words that its first lines must have.

    `sha256`: of the bytes, where the source states it. `shrink_limit`: the share by which a file may be smaller than last time.
    """

    media: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    sha256: str | None = None
    shrink_limit: float = 0.5
    limits: Limits = LIMITS


ANYTHING = Expected()


def accept(
    path: Path, name: str, expected: Expected, headers: Mapping[str, str], last_bytes: int | None, is_sized: bool
) -> str:
    """The sha256 of the bytes at `path`, once they have passed every check.

    `headers`: of the answer, small letters. `is_sized`: whether the answer told how long it is or where it ends.
    Raises IncompleteDownloadError, WrongContentError, DownloadLimitError, ArchiveError or ReadingLimitError.
    """
    sha256 = checked_digests(path, name, expected, headers)
    media = _checked_media(path, name, expected)
    _check_end(path, name, media, is_sized or expected.sha256 is not None)
    texts = _checked_members(path, name, expected.limits) if media in ("zip", "gzip") else [_head(path)]
    if expected.header and media not in ("xls", "xlsx", "parquet"):
        _check_header(name, texts, expected.header)
    size = path.stat().st_size
    if last_bytes and size < (1 - expected.shrink_limit) * last_bytes:
        raise WrongContentError(
            name,
            f"{size:,} 字节，上次为 bytes where there were {last_bytes:,} last time",
            f"at most {expected.shrink_limit:.0%} fewer",
            "look at the source; if it is right, raise shrink_limit in sources.toml for one pull",
        )
    return sha256


def decoded(path: Path, target: Path, name: str, most: int) -> None:
    """Unpack a body that came under Content-Encoding gzip, to its last byte; raises IncompleteDownloadError, DownloadLimitError."""
    size, fault = 0, None
    try:
        with gzip.open(path) as source, target.open("wb") as file:
            while chunk := source.read(1 << 18):
                size += len(chunk)
                if size > most:
                    break
                file.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        fault = type(error).__name__
    if fault:
        raise IncompleteDownloadError(name, f"a gzip body that is cut or damaged ({fault})", "whole bytes")
    if size > most:
        raise DownloadLimitError(
            name, f"more than {most:,} bytes once unpacked", "less", "raise max_bytes, if it is right"
        )


def checked_digests(path: Path, name: str, expected: Expected, headers: Mapping[str, str]) -> str:
    """The sha256 of the bytes; raises IncompleteDownloadError where the source states another, or another MD5."""
    digests = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            for digest in digests.values():
                digest.update(chunk)
    found = {algorithm: digest.digest() for algorithm, digest in digests.items()}
    stated = _stated_digests(headers)
    if expected.sha256:
        stated.append(("sha256", bytes.fromhex(expected.sha256)))
    for algorithm, digest in stated:
        if digest != found[algorithm]:
            raise IncompleteDownloadError(
                name, f"{algorithm} {found[algorithm].hex()}", f"{digest.hex()}, which the source states", "pull again"
            )
    return found["sha256"].hex()


def _stated_digests(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Digests of the body that servers state, in the headers that they state them in (RFC 9530, RFC 1864, S3, GCS)."""
    fields = [("md5", headers.get("content-md5")), ("sha256", headers.get("x-amz-checksum-sha256"))]
    for field in ("repr-digest", "digest"):
        for algorithm, value in re.findall(r"(?i)\b(sha-256|md5)=:?([0-9a-z+/=]+)", headers.get(field, "")):
            fields.append(("sha256" if algorithm.lower() == "sha-256" else "md5", value))
    for value in re.findall(r"\bmd5=([0-9A-Za-z+/=]+)", headers.get("x-goog-hash", "")):
        fields.append(("md5", value))
    digests = []
    for algorithm, value in fields:
        try:
            digest = base64.b64decode(value or "", validate=True)
        except ValueError:
            continue  # not a digest that we know how to read: no check, as if the server stated none
        if len(digest) == {"sha256": 32, "md5": 16}[algorithm]:
            digests.append((algorithm, digest))
    return digests


def _checked_media(path: Path, name: str, expected: Expected) -> str:
    allowed = expected.media or _BY_ENDING.get(Path(name).suffix.lower(), _UNNAMED)
    try:
        media = media_of(path, name)
    except UnreadableFileError as error:
        if "damaged archive" in error.found:
            raise IncompleteDownloadError(name, error.found, "a whole archive", "pull again") from None
        raise WrongContentError(name, error.found, " or ".join(allowed), error.remedy) from None
    if media not in allowed:
        raise WrongContentError(name, f"{_told(path, media)}", " or ".join(allowed), _remedy(media))
    if media == "html" and (_is_login(path) or b"<table" not in _start(path)):
        raise WrongContentError(name, _told(path, media), "a table", _remedy(media))
    return media


def _told(path: Path, media: str) -> str:
    if media == "html":
        return "登录页 a login page" if _is_login(path) else "网页 a web page"
    return f"{media} 格式的内容 content of format {media}"


def _is_login(path: Path) -> bool:
    return re.search(rb"type\s*=\s*[\"']?password", _start(path)) is not None


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 22).lower()


def _remedy(media: str) -> str:
    if media in ("html", "json"):
        return "open the address in a browser: a login, a notice or an error; or state format in sources.toml, if it is right"
    return "check the address, or state format in sources.toml, if it is right"


def _check_end(path: Path, name: str, media: str, is_sized: bool) -> None:
    """Formats that have an end must have it; of those without one, the length must have been told."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read()
    ends = tail.rstrip(b" \t\r\n\x00")
    is_whole = {
        "parquet": tail.endswith(b"PAR1"),
        "xml": ends.endswith(b">"),
        "json": ends.endswith((b"}", b"]")),
        "html": b"</table" in tail.lower() or b"</html" in tail.lower(),
        "xlsx": media != "xlsx" or zipfile.is_zipfile(path),
        "zip": True,  # these two are read to their end below
        "gzip": True,
    }.get(media, is_sized)
    if not is_whole:
        found = "the format's end is missing" if is_sized or media not in ("csv", "xls") else "a text of untold length"
        raise IncompleteDownloadError(
            name, f"可能不完整 may be cut off: {found}", "a whole file", "pull again, or state sha256 in sources.toml"
        )


def _checked_members(path: Path, name: str, limits: Limits) -> list[bytes]:
    """The first bytes of every member; damage in one means that the transfer went wrong. Within the readers' limits."""
    heads, faults = [], []
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=path.parent) as folder:
        try:
            for member in open_container(path, name, Path(folder), limits):
                if member.fault is not None:
                    faults.append(member.fault)
                else:
                    heads.append(_head(member.path))
                    member.path.unlink()
        except DamagedArchiveError as error:
            faults.append(error)
    damaged = [fault for fault in faults if isinstance(fault, DamagedArchiveError)]
    if damaged:
        raise IncompleteDownloadError(name, damaged[0].found, "whole bytes", "pull again")
    if not heads:
        fault: PatnavError = faults[0]
        raise type(fault)(fault.where, fault.found, fault.expected, fault.remedy)
    return heads


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _check_header(name: str, heads: list[bytes], words: tuple[str, ...]) -> None:
    texts = [head.decode(encoding, errors="ignore") for head in heads for encoding in _ENCODINGS]
    if not any(all(word in text for word in words) for text in texts):
        missing = [word for word in words if not any(word in text for text in texts)]
        raise WrongContentError(
            name,
            f"表头缺少 the first lines lack {', '.join(missing or words)}",
            f"a header with {', '.join(words)}",
            "look at the source: its columns may have been renamed; then mend header in sources.toml",
        )
