"""Lens.org CSV of 2022: UTF-8 with BOM, LF, `;;` between values.

Two layouts: with legal status and M/D/YYYY dates (saved again by Excel), and without and ISO dates.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import partial
from pathlib import Path
from random import Random

from flows.sample.applicants import Applicant
from flows.sample.records import Layout, Record, Sheet, inventors_en, spelled

SEPARATOR = ";;"
COLUMNS = (
    "#", "Jurisdiction", "Kind", "Display Key", "Lens ID", "Publication Date", "Publication Year", "Application Number",
    "Application Date", "Priority Numbers", "Earliest Priority Date", "Title", "Abstract", "Applicants", "Inventors",
    "Owners", "URL", "Document Type", "Has Full Text", "Cites Patent Count", "Cited by Patent Count",
    "Simple Family Size", "Extended Family Size", "Sequence Count", "CPC Classifications", "IPCR Classifications",
    "US Classifications", "NPL Citation Count", "NPL Resolved Citation Count", "NPL Resolved Lens ID(s)",
    "NPL Resolved External ID(s)", "NPL Citations",
)  # fmt: skip
LEGAL_STATUS = {"有效": "ACTIVE", "审中": "PENDING", "失效": "INACTIVE", "PCT指定期满": "DISCONTINUED",
                "PCT指定期内": "PENDING"}  # fmt: skip
LOCAL_SCRIPT = {"JP": "ja", "KR": "ko", "CN": "zh"}


def american_date(day: date) -> str:
    """6/30/2024: what Excel makes of a date when the file is saved again."""
    return f"{day.month}/{day.day}/{day.year}"


def _cells(record: Record, rng: Random, write_date, with_legal_status: bool) -> dict[str, str]:
    filing, publication, family = record.filing, record.publication, record.filing.family
    size = str(sum(len(member.publications) for member in family.filings))
    lens_id = _lens_id(record)
    cells = {
        "Jurisdiction": filing.office,
        "Kind": publication.number.kind,
        "Display Key": publication.number.lens(),
        "Lens ID": lens_id,
        "Publication Date": write_date(publication.date),
        "Publication Year": str(publication.date.year),
        "Application Number": record.application_number.lens(),
        "Application Date": write_date(filing.filing_date),
        "Priority Numbers": SEPARATOR.join(_priorities(record)),
        "Earliest Priority Date": write_date(family.first.filing_date),
        "Title": _title(record, rng),
        "Abstract": family.text.abstract_en,
        "Applicants": SEPARATOR.join(_applicant(a, filing.office, rng) for a in filing.applicants),
        "Inventors": inventors_en(record, SEPARATOR),
        "Owners": _owners(record),
        "URL": f"https://lens.org/{lens_id}",
        "Document Type": "Granted Patent" if publication.is_grant else "Patent Application",
        "Has Full Text": "yes" if filing.office in ("US", "EP", "WO") else "no",
        "Cites Patent Count": str(rng.randint(0, 14)),
        "Cited by Patent Count": str(rng.randint(0, 9)),
        "Simple Family Size": size,
        "Extended Family Size": size,
        "Sequence Count": "0",
        "CPC Classifications": _repeating(family.text.cpc, rng),
        "IPCR Classifications": SEPARATOR.join(family.text.ipc),
        "NPL Citation Count": "0",
        "NPL Resolved Citation Count": "0",
    }
    if with_legal_status:
        cells["Legal Status"] = LEGAL_STATUS[filing.legal_status]
    return cells


def _lens_id(record: Record) -> str:
    """15 digits in the tool's grouping; the leading 999 marks a synthetic one."""
    digits = "".join(character for character in record.publication.number.body if character.isdigit())[-9:]
    kind_digit = ord(record.publication.number.kind[0]) % 10
    office_digits = (ord(record.filing.office[0]) * 26 + ord(record.filing.office[1])) % 100
    serial = f"999{office_digits:02d}{kind_digit}{int(digits):09d}"
    return "-".join(serial[start : start + 3] for start in range(0, 15, 3))


def _priorities(record: Record) -> list[str]:
    """The family's first filing; a US filing names itself before it, as in the tool."""
    first = record.filing.family.first
    if record.filing.is_first:
        return [record.application_number.lens()]
    own = [record.application_number.lens()] if record.filing.office == "US" else []
    return [*own, first.number.lens()]


def _title(record: Record, rng: Random) -> str:
    text, office = record.filing.family.text, record.filing.office
    if office == "JP" and text.title_ja and rng.random() < 0.25:
        return text.title_ja
    return text.title_en.upper() if office in ("EP", "WO") else text.title_en


def _applicant(applicant: Applicant, office: str, rng: Random) -> str:
    script = LOCAL_SCRIPT.get(office)
    if script in applicant.spellings and rng.random() < 0.15:
        return rng.choice(applicant.spellings[script])
    return spelled(applicant, "latin", 0.6, applicant.name_en, rng)


def _owners(record: Record) -> str:
    if record.filing.office != "US":
        return ""
    day = record.filing.filing_date.isoformat()
    return SEPARATOR.join(f"{applicant.name_en.upper()} ({day})" for applicant in record.filing.applicants)


def _repeating(symbols: tuple[str, ...], rng: Random) -> str:
    """The tool repeats a family's symbols inside one cell now and then."""
    return SEPARATOR.join(symbols * 2 if rng.random() < 0.2 else symbols)


def _layout(columns: tuple[str, ...], write_date, impossible_date: str) -> Layout:
    return Layout(
        columns=columns,
        cells=partial(_cells, write_date=write_date, with_legal_status="Legal Status" in columns),
        publication_number="Display Key",
        application_number="Application Number",
        filing_date="Application Date",
        publication_date="Publication Date",
        inventors="Inventors",
        write_date=write_date,
        impossible_date=impossible_date,
    )


LEGAL_LAYOUT = _layout((*COLUMNS, "Legal Status"), american_date, "13/45/2021")
PLAIN_LAYOUT = _layout(COLUMNS, date.isoformat, "2021-13-45")


def write(path: Path, sheet: Sheet) -> None:
    """Write the sheet; `#` counts the rows that are not blank."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(sheet.columns)
        counted = 0
        for row in sheet.rows:
            counted += any(row)
            writer.writerow((str(counted), *row[1:]) if any(row) else row)
