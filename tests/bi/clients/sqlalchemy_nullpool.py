"""SQLAlchemy by duckdb-sqlalchemy; without a pool, for a pooled connection stays with the version that it opened."""

from asking import QUESTION, arguments, ask_until_stopped
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

link, stop = arguments()
engine = create_engine(f"duckdb:///{link}?access_mode=read_only", poolclass=NullPool)


def ask() -> tuple:
    with engine.connect() as connection:
        return connection.execute(text(QUESTION)).one()


ask_until_stopped(ask, stop)
