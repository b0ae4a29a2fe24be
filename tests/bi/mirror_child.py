"""Mirror in a process of its own and die at one checkpoint; arguments: database, address, moment."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.warehouse.publish_child import die_at
from warehouse.mirror import mirror

if __name__ == "__main__":
    database, address, moment = sys.argv[1:]
    mirror(Path(database), address, moment=die_at(moment))
