"""Google Patents CSV: a `search URL` line above the header, hyphenated ids, `, ` between names, titles only."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from random import Random

from flows.sample.records import Layout, Record, Sheet, inventors_en, spelled

SEARCH_LINE = "search URL:,https://patents.google.com/?q=synthetic+data&oq=synthetic+data"
COLUMNS = (
    "id", "title", "assignee", "inventor/author", "priority date", "filing/creation date", "publication date",
    "grant date", "result link", "representative figure link",
)  # fmt: skip


def _cells(record: Record, rng: Random) -> dict[str, str]:
    filing, publication = record.filing, record.publication
    return {
        "id": publication.number.google(),
        # The tool leaves a blank behind every title.
        "title": f"{filing.family.text.title_en} ",
        "assignee": ", ".join(spelled(a, "zh", 0.1, a.name_en, rng) for a in filing.applicants),
        "inventor/author": inventors_en(record, ", "),
        "priority date": filing.family.first.filing_date.isoformat(),
        "filing/creation date": filing.filing_date.isoformat(),
        "publication date": publication.date.isoformat(),
        "grant date": publication.date.isoformat() if publication.is_grant else "",
        "result link": f"https://patents.google.com/patent/{publication.number.patsnap()}/en",
    }


LAYOUT = Layout(
    columns=COLUMNS,
    cells=_cells,
    publication_number="id",
    filing_date="filing/creation date",
    publication_date="publication date",
    inventors="inventor/author",
    write_date=date.isoformat,
    impossible_date="2021-13-45",
)


def write(path: Path, sheet: Sheet) -> None:
    """Write the sheet below the line that names the search."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(SEARCH_LINE + "\n")
        csv.writer(file, lineterminator="\n").writerows((sheet.columns, *sheet.rows))
