"""The child's side: take limits on, read one file, leave Arrow files and facts behind, or a failure."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from schemas.errors import PatnavError, ReadingLimitError, StorageError, UnreadableFileError

FACTS, FAILURE = "facts.json", "failure.json"
# The exit status where not even a failure can be left behind (EX_IOERR of sysexits.h).
STORAGE_REFUSED = 74


def main() -> None:
    """Read the request from standard input and carry it out."""
    request = json.load(sys.stdin)
    folder = Path(request["folder"])
    _take_limits(request["limits"])
    try:
        facts = _read(request, folder)
    except PatnavError as error:
        _leave(folder, FAILURE, error.as_dict())
    except MemoryError:
        found = f"a reading that needs more than {request['limits']['memory']} bytes of memory"
        error = ReadingLimitError(request["name"], found, "less", "split the export into smaller ones")
        _leave(folder, FAILURE, error.as_dict())
    except Exception as error:
        # Whatever a parser stumbles over in a file that lies is the file's fault, and is told as such.
        found = f"a file that {request['medium']} reading stumbles over ({type(error).__name__}: {str(error)[:200]})"
        failure = UnreadableFileError(request["name"], found, "a whole file", "export it again")
        _leave(folder, FAILURE, failure.as_dict())
    else:
        _leave(folder, FACTS, facts)


def storage_refused(name: str, found: str) -> StorageError:
    """That what was read of the file `name` could not be put down: no fault of the file."""
    return StorageError(
        "临时文件夹 the folder for temporary files (TMPDIR)",
        f"it refused what was read of {name}: {found}",
        "空间与权限 room and the right to write",
        "腾出空间或以 TMPDIR 另指一处后重新刷新 make room there, or name another folder in TMPDIR, and refresh again",
    )


def _take_limits(limits: dict) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, hard))


def _read(request: dict, folder: Path) -> list[dict]:
    # The parsers come in after the limits are on.
    from polars.exceptions import PolarsError

    from transforms.readers.reading import READ

    sheets = READ[request["medium"]](Path(request["path"]), request["name"], request["limits"], request["options"])
    facts = []
    for index, sheet in enumerate(sheets):
        file = f"{index}.arrow"
        try:
            sheet.rows.write_ipc(folder / file)
        except (OSError, PolarsError) as error:
            raise storage_refused(request["name"], str(error).splitlines()[0]) from error
        facts.append(
            {
                "name": sheet.name,
                "file": file,
                "last": sheet.last,
                "counted": sheet.counted,
                "header": sheet.header,
                "remarks": sheet.remarks,
            }
        )
    return facts


def _leave(folder: Path, name: str, facts: object) -> None:
    part = folder / f"{name}.part"
    try:
        part.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        os.replace(part, folder / name)
    except OSError:
        sys.exit(STORAGE_REFUSED)
