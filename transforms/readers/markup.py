"""An XML parser that takes nothing from outside and expands nothing: no entities, no external documents.

Python's expat with its doors shut, as defusedxml does it; directly, for a workbook has millions of cells and a layer costs.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from schemas.errors import ReadingLimitError, UnreadableFileError, UnsafeMarkupError
from transforms.readers.limits import Limits

CHUNK = 1 << 20


def safe_parser(name: str) -> expat.XMLParserType:
    """A parser that raises UnsafeMarkupError at an entity's declaration or at a reference to anything outside.

    A DOCTYPE that only names its DTD is let through (patent offices write one); so is a notation for a picture (NDATA), which
    is a name and no text.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse_entity(entity, is_parameter, value, base, system_id, public_id, notation) -> None:
        if notation is None:
            raise UnsafeMarkupError(name, f"a declaration of the entity {entity}", "XML without entities", _REMEDY)

    def refuse_outside(context, base, system_id, public_id) -> int:
        raise UnsafeMarkupError(name, f"a reference to {system_id}", "XML that stands alone", _REMEDY)

    parser.EntityDeclHandler = refuse_entity
    parser.ExternalEntityRefHandler = refuse_outside
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


_REMEDY = "do not trust it; get it from its source again"


def parse(
    parser: expat.XMLParserType, chunks: Iterator[bytes], name: str, is_wanted: Callable[[], bool] = lambda: True
):
    """Feed `chunks`; raises UnreadableFileError with the line where the markup breaks."""
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            if not is_wanted():
                return
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableFileError(
            name, f"markup that breaks off or is wrong ({error})", "XML", "export it again"
        ) from error


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


class Archive:
    """A zip whose unpacked bytes are counted as they come, whatever its directory says of them."""

    def __init__(self, path, name: str, limits: Limits, most: int | None = None) -> None:
        self.name, self.limits, self.packed = name, limits, path.stat().st_size
        self.most = limits.unpacked if most is None else most
        self.read_of: dict[str, int] = {}
        self.zip = zipfile.ZipFile(path)
        # Some programs write backslashes, some write names in other case than they refer to them by.
        self.members = {info.filename.replace("\\", "/").lower(): info for info in self.zip.infolist()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception) -> None:
        self.zip.close()

    def has(self, member: str) -> bool:
        return member.lower() in self.members

    def chunks(self, member: str) -> Iterator[bytes]:
        """The member's bytes, piece by piece. Raises ReadingLimitError past a limit."""
        read = 0
        with self.zip.open(self.members[member.lower()]) as file:
            for chunk in chunks_of(file):
                read += len(chunk)
                self.read_of[member] = max(read, self.read_of.get(member, 0))  # a member may be read twice
                self.require_within_limits()
                yield chunk

    def read(self, member: str) -> bytes:
        return b"".join(self.chunks(member))

    def require_within_limits(self) -> None:
        unpacked = sum(self.read_of.values())
        if unpacked > self.most:
            raise ReadingLimitError(
                self.name, f"more than {self.most} bytes once unpacked", "less", "split the export into smaller ones"
            )
        if unpacked > self.limits.ratio_counts_above and unpacked > self.limits.ratio * self.packed:
            raise ReadingLimitError(
                self.name,
                f"more than {self.limits.ratio} times its size once unpacked",
                "a file that is no bomb",
                "export it again",
            )
