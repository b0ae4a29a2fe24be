"""Parquet: every value as the text that stands for it exactly; nested ones as dotted columns or JSON."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pyarrow.parquet

from schemas.errors import ReadingLimitError, UnreadableFileError
from transforms.readers.limits import Limits
from transforms.readers.table import ROW_NUMBER, Sheet, empty_as_null


def read_parquet(path: Path, name: str, limits: Limits, list_separator: str | None = None) -> list[Sheet]:
    """The file's one table; its column names are the header. Raises UnreadableFileError, ReadingLimitError."""
    try:
        counted, unpacked = count_rows(path)
        if unpacked > limits.unpacked:
            raise ReadingLimitError(
                name, f"{unpacked} bytes once unpacked", f"at most {limits.unpacked}", "split it into smaller ones"
            )
        frame = pl.read_parquet(path)
    except (pyarrow.ArrowException, pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFileError(name, f"a damaged Parquet file ({error})", "Parquet", "write it again") from error
    while any(isinstance(dtype, pl.Struct) for dtype in frame.dtypes):
        frame = frame.select(_unnested(frame))
    header = tuple(frame.columns)
    texts = [_text(frame[column], name, list_separator).alias(f"c{index}") for index, column in enumerate(header)]
    rows = pl.DataFrame(texts).with_columns(empty_as_null()) if texts else pl.DataFrame()
    numbered = rows.select(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW_NUMBER), pl.all())
    return [Sheet(None, numbered, rows.height, counted, header=header)]


def _unnested(frame: pl.DataFrame) -> list[pl.Expr]:
    found = []
    for column, dtype in frame.schema.items():
        if isinstance(dtype, pl.Struct):
            found += [pl.col(column).struct.field(each.name).alias(f"{column}.{each.name}") for each in dtype.fields]
        else:
            found.append(pl.col(column))
    return found


def _text(values: pl.Series, name: str, list_separator: str | None) -> pl.Series:
    dtype = values.dtype
    if dtype == pl.String:
        return values
    if dtype == pl.Boolean:
        return values.cast(pl.String)
    if dtype.is_integer() or isinstance(dtype, (pl.Date, pl.Decimal, pl.Categorical, pl.Enum)) or dtype == pl.Date:
        return values.cast(pl.String)
    if dtype.is_float():
        # Python's text is the shortest that is the same number; a whole one loses nothing with its `.0`.
        return _each(values, lambda value: repr(value).removesuffix(".0"))
    if isinstance(dtype, pl.Datetime) or dtype == pl.Time:
        return _each(
            values, lambda value: value.isoformat(" ") if isinstance(dtype, pl.Datetime) else value.isoformat()
        )
    if isinstance(dtype, (pl.List, pl.Array)):
        return _each(values.cast(pl.List(dtype.inner)), lambda value: _list_text(value, list_separator))
    if dtype == pl.Null:
        return values.cast(pl.String)
    raise UnreadableFileError(name, f"the column {values.name} of type {dtype}", "text, numbers, days or lists of them")


def _each(values: pl.Series, text) -> pl.Series:
    found = [None if value is None else text(value) for value in values.to_list()]
    return pl.Series(values.name, found, dtype=pl.String)


def _list_text(values: list, separator: str | None) -> str:
    simple = all(value is None or isinstance(value, (str, int, float)) for value in values)
    if separator is not None and simple:
        return separator.join(str(value) for value in values if value is not None)
    return json.dumps(values, ensure_ascii=False, default=str)


def count_rows(path: Path) -> tuple[int, int]:
    """Rows by the file's own groups as another library adds them up, and the bytes they unpack to."""
    with pyarrow.parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
        return sum(group.num_rows for group in groups), sum(group.total_byte_size for group in groups)
