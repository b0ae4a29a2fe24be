"""The Parquet marts, read without a database; the link is resolved first, so that all files are of one version."""

import os
from pathlib import Path

import pyarrow.compute
import pyarrow.parquet
from asking import arguments, ask_until_stopped

link, stop = arguments()
current = Path(link).with_name("marts") / "current"


def ask() -> tuple:
    folder = Path(os.path.realpath(current))
    version_key = pyarrow.parquet.read_table(folder / "meta.build.parquet")["version_key"][0].as_py()
    applications = pyarrow.parquet.read_table(folder / "metrics.m01_filing_trend.parquet")["applications"]
    filings = pyarrow.parquet.read_metadata(folder / "core.application.parquet").num_rows
    return version_key, pyarrow.compute.sum(applications).as_py(), filings


ask_until_stopped(ask, stop)
