"""XML and JSON records of offices: numbers, days and names as patterns over the bytes and `json` alone find them."""

from __future__ import annotations

import datetime
import html
import json
import re
from pathlib import Path

import pytest

from tests.conftest import real_data_folder, real_file
from transforms.landing import land


def first(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text, re.DOTALL)
    return html.unescape(found[1]).strip() if found else None


def day(text: str | None) -> datetime.date | None:
    return datetime.datetime.strptime(text.replace("-", ""), "%Y%m%d").date() if text else None


def of_grant_or_application(text: str) -> list[dict]:
    published = first(r"<publication-reference>(.*?)</publication-reference>", text)
    filed = first(r"<application-reference[^>]*>(.*?)</application-reference>", text)
    tags = [first(rf"<{tag}>(.*?)</{tag}>", published) for tag in ("country", "doc-number", "kind")]
    owners = first(r"<assignees>(.*?)</assignees>", text) or ""
    return [{
        "publication_number_original": "".join(tags),
        "application_number_original": first(r"<doc-number>(.*?)</doc-number>", filed),
        "publication_date": day(first(r"<date>(.*?)</date>", published)),
        "filing_date": day(first(r"<date>(.*?)</date>", filed)),
        "current_owners": [html.unescape(each) for each in re.findall(r"<orgname>(.*?)</orgname>", owners)] or None,
    }]  # fmt: skip


def of_application_2001(text: str) -> list[dict]:
    head = text[: text.index("</domestic-filing-data>")]
    return [{
        "publication_number_original": "US" + first(r"<doc-number>(.*?)</doc-number>", head) + first(r"<kind-code>(.*?)<", head),
        "application_number_original": first(r"<application-number>\s*<doc-number>(.*?)</doc-number>", head),
        "publication_date": day(first(r"<document-date>(.*?)</document-date>", head)),
        "filing_date": day(first(r"<filing-date>(.*?)</filing-date>", head)),
        "title": " ".join(first(r"<title-of-invention>(.*?)</title-of-invention>", text).split()),
    }]  # fmt: skip


def _docdb(text: str | None, separator: str) -> str | None:
    docdb = first(r'<document-id document-id-type="docdb">(.*?)</document-id>', text or "")
    return docdb and separator.join(first(rf"<{tag}>(.*?)</{tag}>", docdb) for tag in ("country", "doc-number", "kind"))


def of_epo(text: str) -> list[dict]:
    found = []
    for record in re.findall(
        r"<(?:exchange-document|ops:family-member)[ >].*?</(?:exchange-document|ops:family-member)>", text, re.DOTALL
    ):
        published = first(r"<publication-reference[^>]*>(.*?)</publication-reference>", record)
        filed = first(r"<application-reference[^>]*>(.*?)</application-reference>", record)
        found.append({
            "publication_number_original": _docdb(published, ""),
            "application_number_original": _docdb(filed, " "),
            "publication_date": day(first(r"<date>(.*?)</date>", published)),
            "filing_date": day(first(r"<date>(.*?)</date>", filed)),
            "vendor_family_id": first(r'family-id="(\d+)"', record),
        })  # fmt: skip
    return found


def of_wrappers(text: str) -> list[dict]:
    return [
        {
            "publication_number_original": record.get("earliestPublicationNumber"),
            "application_number_original": record["applicationNumberText"],
            "publication_date": day(record.get("earliestPublicationDate")),
            "filing_date": day(record.get("filingDate")),
            "title": record.get("inventionTitle"),
        }
        for record in json.loads(text)["patentBag"]
    ]


KINDS = {
    "uspto_xml_samples/xml2*/*.xml": of_grant_or_application,
    "uspto_xml_samples/xmlApp2004/*.xml": of_grant_or_application,
    "uspto_xml_samples/pap/*.xml": of_application_2001,
    "pkg_patent_client/epo_ops_published_test_*biblio*.xml": of_epo,
    "pkg_patent_client/epo_ops_published_test_full_cycle*.xml": of_epo,
    "pkg_patent_client/epo_ops_family*.xml": of_epo,
    "pkg_patent_client/epo_ops_legal*.xml": of_epo,
    "pkg_patent_client/uspto_odp_fixtures_application.json": of_wrappers,
    "pkg_patent_client/uspto_odp_fixtures_biblio.json": of_wrappers,
    "pkg_patent_client/uspto_odp_fixtures_search.json": of_wrappers,
}
# One of each kind at every commit, for each XML file is read in a child of its own.
AT_EVERY_COMMIT = (
    "US08927118.xml",
    "US20010000943A1.xml",
    "full_cycle_example.xml",
    "family_input.xml",
    "fixtures_search.json",
)


def documents() -> list:
    found = []
    for pattern, reading in KINDS.items():
        for path in sorted(real_data_folder().glob(pattern)):
            marks = () if path.name.endswith(AT_EVERY_COMMIT) else pytest.mark.nightly
            relative = path.relative_to(real_data_folder()).as_posix()
            found.append(pytest.param(relative, reading, id=path.name, marks=marks))
    return found


@pytest.mark.parametrize(("relative", "reading"), documents())
def test_numbers_days_and_names_are_those_of_the_document(relative: str, reading) -> None:
    path: Path = real_file(relative)
    landing = land(path, "test", path.name)
    expected = reading(path.read_text(encoding="utf-8"))
    assert expected and landing.rejected.rows() == []
    assert landing.rows_in == len(expected)
    assert landing.accepted.select(expected[0].keys()).to_dicts() == expected
