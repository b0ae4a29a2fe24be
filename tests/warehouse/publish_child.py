"""Publish in a process of its own and die at one checkpoint; arguments: built file, folder, version key, moment."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from tests.warehouse.world import FACTS
from warehouse.publish import publish


def die_at(moment: str):
    def checkpoint(name: str) -> None:
        print(name, flush=True)
        if name == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


if __name__ == "__main__":
    built, warehouse_dir, key, moment = sys.argv[1:]
    publish(Path(built), Path(warehouse_dir), replace(FACTS, version_key=key), checkpoint=die_at(moment))
