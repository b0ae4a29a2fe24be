"""DuckDB's command line, started for each question."""

import json
import subprocess
import sys
from pathlib import Path

from asking import QUESTION, arguments, ask_until_stopped

link, stop = arguments()
duckdb = Path(sys.executable).with_name("duckdb")


def ask() -> tuple:
    done = subprocess.run([duckdb, "-readonly", "-json", link, QUESTION], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return tuple(json.loads(done.stdout)[0].values())


ask_until_stopped(ask, stop)
