"""psql on the mirror, started for each question. The password is in PGPASSWORD."""

import os
import subprocess

from asking import QUESTION, arguments, ask_until_stopped

_, stop = arguments()
question = (
    QUESTION.replace(" meta.", " patnav_meta.")
    .replace(" metrics.", " patnav_metrics.")
    .replace(" core.", " patnav_core.")
)


def ask() -> tuple:
    run = ["psql", os.environ["PATNAV_MIRROR"], "-X", "-A", "-t", "-F", "|", "-v", "ON_ERROR_STOP=1", "-c", question]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    version_key, applications, filings = done.stdout.strip().split("|")
    return version_key, int(applications), int(filings)


ask_until_stopped(ask, stop)
