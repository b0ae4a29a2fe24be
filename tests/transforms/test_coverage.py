"""Coverage of fields, counted again record by record."""

from __future__ import annotations

from collections import Counter

import polars as pl

from schemas.tables import TABLES
from schemas.validation import require
from tests.conftest import WORLD
from transforms.coverage import EXPECTED_SHARES, field_coverage
from transforms.landing import land


def test_the_counts_are_those_of_the_records() -> None:
    rows = pl.concat(land(path, path.stem, path.name).accepted for path in sorted((WORLD / "inbox").iterdir()))
    records, covered = Counter(), Counter()
    for row in rows.iter_rows(named=True):
        year = row["filing_year"] or (row["publication_date"] and row["publication_date"].year)
        for field in EXPECTED_SHARES:
            if year:
                records[row["source_file_id"], field, year] += 1
                covered[row["source_file_id"], field, year] += bool(row[field])
    found = require(field_coverage(rows), TABLES["meta.field_coverage"])
    assert found.height == len(records) > 50
    for file, field, year, total, filled, expected in found.iter_rows():
        assert (total, filled) == (records[file, field, year], covered[file, field, year])
        assert expected == EXPECTED_SHARES[field]


def test_records_without_a_year_are_left_out() -> None:
    empty = TABLES["landing.publication"].empty()
    row = pl.DataFrame({"source_file_id": "f", "row_number": 1, "title": "题", "inventors": [[]]}, strict=False)
    assert field_coverage(pl.concat([empty, row], how="diagonal_relaxed")).is_empty()
