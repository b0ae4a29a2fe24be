"""Loaded by the Dask workers of the tests (--preload): tells what they did, and lets a test stop one in the middle of a partition.

Every checkpoint that is reached is a line of `did-<pid>` in the folder that PATNAV_TEST_HOLD names. In its folder `traps` a file with the
name of a checkpoint stops the first worker to reach it: that leaves `held-<moment>-<pid>` instead, and waits until it is gone.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from flows import checkpoints, label_store


def dask_setup(worker: object) -> None:
    checkpoints._watchers.append(hold)
    if "PATNAV_TEST_OTHER_CODE" in os.environ:
        label_store.classifier_key = lambda: "another"


def hold(moment: str) -> None:
    folder = Path(os.environ["PATNAV_TEST_HOLD"])
    with (folder / f"did-{os.getpid()}").open("a") as told:
        told.write(f"{moment}\n")
    held = folder / f"held-{moment}-{os.getpid()}"
    try:
        (folder / "traps" / moment).rename(held)
    except FileNotFoundError:
        return
    while held.exists():
        time.sleep(0.05)
