"""DuckDB's Python package: the link is resolved at each opening, so that one process too sees a new version at once."""

import os

import duckdb
from asking import QUESTION, arguments, ask_until_stopped

link, stop = arguments()


def ask() -> tuple:
    with duckdb.connect(os.path.realpath(link), read_only=True) as connection:
        return connection.execute(QUESTION).fetchall()[0]


ask_until_stopped(ask, stop)
