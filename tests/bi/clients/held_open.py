"""One connection, open all the time: it stays with the version that it opened, and nobody minds."""

import duckdb
from asking import QUESTION, arguments, ask_until_stopped

link, stop = arguments()
with duckdb.connect(link, read_only=True) as connection:
    ask_until_stopped(lambda: connection.execute(QUESTION).fetchall()[0], stop)
