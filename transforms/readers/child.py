"""The child's side: take limits on, read one file, leave Arrow files and facts behind, or a failure."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from schemas.errors import PatnavError, ReadingLimitError, UnreadableFileError


def main() -> None:
    """Read the request from standard input and carry it out."""
    request = json.load(sys.stdin)
    folder = Path(request["folder"])
    _take_limits(request["limits"])
    try:
        facts = _read(request, folder)
    except PatnavError as error:
        _leave(folder, "failure.json", error.as_dict())
    except MemoryError:
        found = f"a reading that needs more than {request['limits']['memory']} bytes of memory"
        error = ReadingLimitError(request["name"], found, "less", "split the export into smaller ones")
        _leave(folder, "failure.json", error.as_dict())
    except Exception as error:
        # Whatever a parser stumbles over in a file that lies is the file's fault, and is told as such.
        found = f"a file that {request['medium']} reading stumbles over ({type(error).__name__}: {str(error)[:200]})"
        failure = UnreadableFileError(request["name"], found, "a whole file", "export it again")
        _leave(folder, "failure.json", failure.as_dict())
    else:
        _leave(folder, "facts.json", facts)


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
    from transforms.readers.reading import READ

    sheets = READ[request["medium"]](Path(request["path"]), request["name"], request["limits"], request["options"])
    facts = []
    for index, sheet in enumerate(sheets):
        file = f"{index}.arrow"
        sheet.rows.write_ipc(folder / file)
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
    part.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    os.replace(part, folder / name)
