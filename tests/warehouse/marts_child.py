"""Write the marts in a process of its own and die at one checkpoint; arguments: folder, moment."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.warehouse.publish_child import die_at
from warehouse.marts import publish_marts

if __name__ == "__main__":
    house, moment = sys.argv[1:]
    publish_marts(Path(house), die_at(moment))
