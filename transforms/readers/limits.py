"""How much a reading may take before it is ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Memory and unpacked sizes in bytes, times in seconds, `ratio` unpacked to packed bytes.

    A workbook of 100,000 x 30 full cells unpacks to some 300 MB and reads within 2 GB and a minute; an archive of a year of
    grants in XML unpacks to some 10 GB.
    """

    memory: int = 6_000_000_000
    cpu_seconds: int = 1_200
    wall_seconds: float = 1_800.0
    unpacked: int = 2_000_000_000
    archive_unpacked: int = 20_000_000_000
    ratio: int = 300
    # Small files may be as repetitive as they like: what they unpack to does no harm.
    ratio_counts_above: int = 50_000_000
    members: int = 10_000
    columns: int = 2_000


LIMITS = Limits()
