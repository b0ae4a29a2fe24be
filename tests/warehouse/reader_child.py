"""Read the current version again and again until a file says stop; print the keys seen, one a line, or the error."""

from __future__ import annotations

import sys
from pathlib import Path

from schemas.errors import PatnavError
from warehouse.question import ask

SQL = """
SELECT build.version_key, count(*) AS policies, (SELECT count(*) FROM core.publication_text) AS texts
FROM meta.build AS build CROSS JOIN core.policy GROUP BY ALL
"""

if __name__ == "__main__":
    current, stop = map(Path, sys.argv[1:])
    while not stop.exists():
        try:
            print(*ask(current, SQL).rows[0], flush=True)
        except PatnavError as error:
            print("error", error, flush=True)
