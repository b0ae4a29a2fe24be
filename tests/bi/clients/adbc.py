"""ADBC: DuckDB's wheel holds its driver."""

import adbc_driver_duckdb
from adbc_driver_manager import dbapi
from asking import QUESTION, arguments, ask_until_stopped

link, stop = arguments()
driver = {"driver": adbc_driver_duckdb.driver_path(), "entrypoint": "duckdb_adbc_init"}


def ask() -> tuple:
    settings = {"path": link, "access_mode": "read_only"}
    with dbapi.connect(**driver, db_kwargs=settings) as connection, connection.cursor() as cursor:
        cursor.execute(QUESTION)
        return cursor.fetchall()[0]


ask_until_stopped(ask, stop)
