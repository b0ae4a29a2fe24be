"""Exports that are documents and not tables: XML and JSON records land with the values that stand at their declared paths."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import PatnavError, UnreadableFileError
from transforms.export import column_of, exports, into_lists
from transforms.landing import Landing, land
from transforms.lists import IN_LISTS, values_in_lists


def landed(folder: Path, content: str | bytes, name: str = "export") -> Landing:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return land(path, "test", path.name)


def only(landing: Landing) -> dict:
    assert landing.rejected.rows() == []
    return landing.accepted.row(0, named=True)


def adds_up(landing: Landing) -> bool:
    return landing.rows_in == landing.accepted.height + landing.rejected["row_number"].n_unique() + landing.blank


# ── USPTO ────────────────────────────────────────────────────────────────────────────────────────────────────────

_IPCR = """<classification-ipcr><ipc-version-indicator><date>20060101</date></ipc-version-indicator>
<section>G</section><class>06</class><subclass>N</subclass><main-group>10</main-group><subgroup>40</subgroup>
</classification-ipcr>"""
_CPC = """<main-cpc><classification-cpc><section>H</section><class>10</class><subclass>N</subclass><main-group>60</main-group>
<subgroup>80</subgroup></classification-cpc></main-cpc><further-cpc><classification-cpc><section>G</section><class>06</class>
<subclass>N</subclass><main-group>10</main-group><subgroup>00</subgroup></classification-cpc></further-cpc>"""


def uspto(root: str, biblio: str, number: str, kind: str, parties: str, more: str = "") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE {root} SYSTEM "{root}-v45-2014-04-03.dtd" [ ]>
<{root} lang="EN" country="US">
<{biblio} lang="EN" country="US">
<publication-reference><document-id><country>US</country><doc-number>{number}</doc-number><kind>{kind}</kind>
<date>20210511</date></document-id></publication-reference>
<application-reference appl-type="utility"><document-id><country>US</country><doc-number>16000001</doc-number>
<date>20190122</date></document-id></application-reference>
<priority-claims><priority-claim sequence="01" kind="national"><country>JP</country><doc-number>2018-000123</doc-number>
<date>20180201</date></priority-claim><priority-claim sequence="02" kind="national"><country>JP</country>
<doc-number>2018-000456</doc-number><date>20180301</date></priority-claim></priority-claims>
<classifications-ipcr>{_IPCR}</classifications-ipcr><classifications-cpc>{_CPC}</classifications-cpc>
<invention-title id="d2e43">Packaging of a <i>quantum</i> chip</invention-title>
<us-references-cited><us-citation><patcit num="00001"><document-id><country>US</country><doc-number>5202982</doc-number>
<kind>A</kind></document-id></patcit></us-citation></us-references-cited>
<us-related-documents><us-provisional-application><document-id><country>US</country><doc-number>62600001</doc-number>
<date>20170115</date></document-id></us-provisional-application></us-related-documents>
{parties}{more}
</{biblio}>
<abstract id="abstract"><p id="p-0001">A package &#x2014; of chips.</p></abstract>
<claims id="claims"><claim id="CLM-00001"><claim-text>1. A package:
<claim-text>with a chip.</claim-text></claim-text></claim><claim id="CLM-00002"><claim-text>2. Another.</claim-text></claim></claims>
</{root}>
"""


_PARTIES = """<us-parties><us-applicants><us-applicant sequence="001" app-type="applicant"><addressbook><orgname>Example &#x26; Co.,
Ltd.</orgname></addressbook></us-applicant></us-applicants><inventors><inventor sequence="001"><addressbook>
<last-name>Sample</last-name><first-name>Ada B.</first-name></addressbook></inventor></inventors></us-parties>
<assignees><assignee><addressbook><orgname>Owner Inc.</orgname></addressbook></assignee><assignee>
<orgname>Second Owner</orgname></assignee></assignees>"""
_OLD_PARTIES = """<parties><applicants><applicant sequence="001" app-type="applicant-inventor"><addressbook>
<last-name>Sample</last-name><first-name>Ada B.</first-name></addressbook></applicant></applicants></parties>"""
GRANT = uspto("us-patent-grant", "us-bibliographic-data-grant", "11000001", "B2", _PARTIES)
APPLICATION = uspto("us-patent-application", "us-bibliographic-data-application", "20210000001", "A1", _OLD_PARTIES)
day = datetime.date


@pytest.mark.parametrize(
    ("content", "export", "number"),
    [(GRANT, "uspto_grant_xml", "US11000001B2"), (APPLICATION, "uspto_application_xml", "US20210000001A1")],
)
def test_a_document_of_the_us_office(tmp_path: Path, content: str, export: str, number: str) -> None:
    landing = landed(tmp_path, content)
    row = only(landing)
    assert (landing.export, row["publication_number"], row["publication_number_original"]) == (export, number, number)
    # Series and serial as the file has them; the year joins them when the filings are put together.
    assert (row["application_number_original"], row["application_number"]) == ("16000001", "US16:000001")
    assert (row["filing_date"], row["publication_date"]) == (day(2019, 1, 22), day(2021, 5, 11))
    assert row["earliest_priority_date"] == day(2017, 1, 15)
    assert row["priority_numbers"] == ["JP2018000123", "JP2018000456"]
    assert row["title"] == "Packaging of a quantum chip"
    assert row["abstract"] == "A package — of chips."
    assert row["claims"] == "1. A package: with a chip.\n2. Another."
    assert (row["ipc_symbols"], row["cpc_symbols"]) == (["G06N10/40"], ["H10N60/80", "G06N10/00"])
    assert row["inventors"] == ["Ada B. Sample"]
    assert landing.header_drift == landing.unmapped_columns == ()


def test_applicants_owners_and_inventors_stay_apart(tmp_path: Path) -> None:
    row = only(landed(tmp_path, GRANT))
    assert row["applicants"] == ["Example & Co., Ltd."]
    assert row["current_owners"] == ["Owner Inc.", "Second Owner"]
    # Until 2012 the inventors stand as applicants, which says nothing of who owns the filing.
    assert only(landed(tmp_path, APPLICATION))["applicants"] is None


def test_a_weekly_file_holds_many_documents_and_other_roots(tmp_path: Path) -> None:
    listing = '<?xml version="1.0"?><sequence-cwu id="x"><number>1</number></sequence-cwu>\n'
    many = "".join(GRANT.replace("11000001", str(11000001 + index)) for index in range(3))
    landing = landed(tmp_path, many + listing)
    assert landing.accepted["publication_number"].to_list() == ["US11000001B2", "US11000002B2", "US11000003B2"]
    assert landing.rows_in == 3 and adds_up(landing)


def test_a_document_without_its_number_is_set_aside(tmp_path: Path) -> None:
    landing = landed(tmp_path, GRANT + GRANT.replace("<doc-number>11000001</doc-number><kind>B2</kind>", ""))
    assert landing.rejected["row_number"].to_list() == [2]
    assert landing.rows_in == 2 and adds_up(landing)
    assert "16000001" in landing.rejected["raw"][0]


@pytest.mark.parametrize("filed", ("20190231", "2019", "00000000"))
def test_a_day_that_is_none_is_set_aside_and_one_not_stated_is_none(tmp_path: Path, filed: str) -> None:
    landing = landed(tmp_path, GRANT + GRANT.replace("20190122", filed))
    rules = landing.rejected["rule"].to_list()
    assert rules == ([] if filed == "00000000" else ["filing_date_unreadable"])


PAP = """<!DOCTYPE patent-application-publication SYSTEM "pap-v16-2002-01-01.dtd" []>
<patent-application-publication><subdoc-bibliographic-information><document-id><doc-number>20020000001</doc-number>
<kind-code>A1</kind-code><document-date>20020103</document-date></document-id><domestic-filing-data><application-number>
<doc-number>09800001</doc-number></application-number><filing-date>20010305</filing-date></domestic-filing-data>
<foreign-priority-data><priority-application-number><doc-number>12-004321</doc-number></priority-application-number>
<filing-date>20000401</filing-date><country-code>JP</country-code></foreign-priority-data><technical-information>
<classification-ipc><classification-ipc-primary><ipc>G06F017/60</ipc></classification-ipc-primary></classification-ipc>
<title-of-invention> A
 cache </title-of-invention></technical-information><inventors><first-named-inventor><name><given-name>Ada</given-name>
<family-name>Sample</family-name></name></first-named-inventor><inventor><name><given-name>Bo</given-name>
<family-name>Probe</family-name></name></inventor></inventors><assignee><organization-name>Owner Inc.</organization-name>
</assignee></subdoc-bibliographic-information><subdoc-abstract><heading lvl="0">Abstract of Disclosure</heading>
<paragraph id="A-1">A cache.</paragraph></subdoc-abstract></patent-application-publication>"""


def test_a_published_application_of_2002(tmp_path: Path) -> None:
    row = only(landed(tmp_path, PAP))
    assert row["publication_number"] == "US20020000001A1"
    assert (row["title"], row["abstract"]) == ("A cache", "A cache.")
    assert (row["inventors"], row["current_owners"]) == (["Ada Sample", "Bo Probe"], ["Owner Inc."])
    # The twelfth year of Heisei, as the US office takes it down.
    assert (row["priority_numbers"], row["earliest_priority_date"]) == (["JP2000004321"], day(2000, 4, 1))
    assert row["ipc_symbols"] == ["G06F17/60"]


WRAPPER = {
    "applicationNumberText": "16000001",
    "applicationMetaData": {
        "inventionTitle": "Packaging of a quantum chip", "filingDate": "2019-01-22", "grantDate": "2021-05-11", "patentNumber": "11000001",
        "earliestPublicationNumber": "US20200000001A1", "earliestPublicationDate": "2020-07-23",
        "cpcClassificationBag": ["H10N60/80", "G06N  10/40"], "firstApplicantName": "Example Inc.",
        "applicantBag": [{"applicantNameText": "Example, Inc."}, {"applicantNameText": "Sample University"}],
        "inventorBag": [{"firstName": "Ada", "inventorNameText": "Ada Sample"}],
    },
    "eventDataBag": [{"eventCode": "IEXX"}],
}  # fmt: skip
_FLAT = {"applicationNumberText": "18000002", "inventionTitle": "A cache", "filingDate": "2024-02-15"}


def test_file_wrappers_of_both_generations(tmp_path: Path) -> None:
    for key, record in (
        ("patentFileWrapperDataBag", WRAPPER), ("patentBag", WRAPPER["applicationMetaData"] | {"applicationNumberText": "16000001"})
    ):  # fmt: skip
        landing = landed(tmp_path, json.dumps({"count": 1, key: [record], "requestIdentifier": "x"}))
        row = only(landing)
        assert row["publication_number"] == "US20200000001A1"
        assert (row["application_number_original"], row["application_number"]) == ("16000001", "US16:000001")
        assert row["applicants"] == ["Example, Inc.", "Sample University"]
        assert (row["inventors"], row["cpc_symbols"]) == (["Ada Sample"], ["H10N60/80", "G06N10/40"])
        assert (row["filing_date"], row["grant_date"]) == (day(2019, 1, 22), day(2021, 5, 11))
        assert landing.unmapped_columns == ()


def test_a_filing_that_is_not_published_stands_under_its_own_number(tmp_path: Path) -> None:
    undated = {"applicationNumberText": "18000003", "inventionTitle": "Another"}
    wrappers = {
        "count": 3,
        "patentBag": [WRAPPER["applicationMetaData"] | {"applicationNumberText": "16000001"}, _FLAT, undated],
    }
    landing = landed(tmp_path, json.dumps(wrappers))
    assert landing.accepted["publication_number"].to_list() == ["US20200000001A1", "US202418000002"]
    row = landing.accepted.row(1, named=True)
    assert (row["kind_code"], row["stage"], row["publication_number_original"]) == (None, "other", None)
    # Without its year the serial might be the number of a grant.
    assert landing.rejected.select("row_number", "rule").rows() == [(3, "application_number_shape")]
    assert adds_up(landing)


# ── EPO ──────────────────────────────────────────────────────────────────────────────────────────────────────────

OPS = """<?xml version="1.0" encoding="UTF-8"?>
<ops:world-patent-data xmlns="http://www.epo.org/exchange" xmlns:ops="http://ops.epo.org"><exchange-documents>
<exchange-document system="ops.epo.org" family-id="40000001" country="EP" doc-number="3000001" kind="A1"><bibliographic-data>
<publication-reference><document-id document-id-type="docdb"><country>EP</country><doc-number>3000001</doc-number><kind>A1</kind>
<date>20160323</date></document-id></publication-reference><classifications-ipcr><classification-ipcr sequence="1">
<text>G06N  10/    40            A I                    </text></classification-ipcr></classifications-ipcr>
<patent-classifications><patent-classification sequence="1"><classification-scheme office="EP" scheme="CPCI"/><section>G</section>
<class>06</class><subclass>N</subclass><main-group>10</main-group><subgroup>40</subgroup><generating-office>EP</generating-office>
</patent-classification><patent-classification sequence="2"><classification-scheme office="EP" scheme="CPCI"/><section>G</section>
<class>06</class><subclass>N</subclass><main-group>10</main-group><subgroup>40</subgroup><generating-office>US</generating-office>
</patent-classification><patent-classification sequence="3"><classification-scheme office="US" scheme="UC"/>
<classification-symbol>604/95.04</classification-symbol></patent-classification></patent-classifications>
<application-reference doc-id="1"><document-id document-id-type="docdb"><country>EP</country><doc-number>15186001</doc-number>
<kind>A</kind></document-id><document-id document-id-type="epodoc"><doc-number>EP20150186001</doc-number><date>20150921</date>
</document-id></application-reference><priority-claims><priority-claim sequence="1" kind="national">
<document-id document-id-type="epodoc"><doc-number>US20040023667</doc-number><date>20141001</date></document-id></priority-claim>
</priority-claims><parties><applicants><applicant sequence="1" data-format="epodoc"><applicant-name><name>EXAMPLE CO [DE]</name>
</applicant-name></applicant><applicant sequence="1" data-format="original"><applicant-name><name>Example Co, </name>
</applicant-name></applicant></applicants></parties><invention-title lang="de">Gehäuse</invention-title>
<invention-title lang="en">Package</invention-title></bibliographic-data><abstract lang="fr"><p>Un boîtier.</p></abstract>
</exchange-document></exchange-documents></ops:world-patent-data>"""
DOCDB = """<?xml version="1.0" encoding="UTF-8"?><exch:exchange-documents xmlns:exch="http://www.epo.org/exchange">
<exch:exchange-document country="CN" doc-number="110000001" kind="A" date-publ="20190712" family-id="60000001" status="C">
<exch:bibliographic-data><exch:publication-reference data-format="docdb"><document-id><country>CN</country>
<doc-number>110000001</doc-number><kind>A</kind><date>20190712</date></document-id></exch:publication-reference>
<exch:application-reference data-format="docdb" doc-id="7"><document-id><country>CN</country><doc-number>201910000001</doc-number>
<kind>A</kind><date>20190102</date></document-id></exch:application-reference><exch:application-reference data-format="epodoc">
<document-id><doc-number>CN201910000001</doc-number></document-id></exch:application-reference><exch:priority-claims>
<exch:priority-claim sequence="1" data-format="docdb"><document-id><country>CN</country><doc-number>201910000001</doc-number>
<kind>A</kind><date>20190102</date></document-id></exch:priority-claim><exch:priority-claim sequence="1" data-format="epodoc">
<document-id><doc-number>CN201910000001</doc-number></document-id></exch:priority-claim></exch:priority-claims><exch:parties>
<exch:applicants><exch:applicant sequence="1" data-format="docdb"><exch:applicant-name><name>EXAMPLE CO LTD</name>
</exch:applicant-name></exch:applicant></exch:applicants></exch:parties><exch:invention-title lang="zh">封装结构</exch:invention-title>
</exch:bibliographic-data></exch:exchange-document></exch:exchange-documents>"""


def test_an_exchange_document_of_ops(tmp_path: Path) -> None:
    landing = landed(tmp_path, OPS)
    row = only(landing)
    assert (landing.export, row["publication_number"], row["application_number"]) == (
        "docdb_xml",
        "EP3000001A1",
        "EP15186001",
    )
    assert (row["title"], row["abstract"], row["applicants"]) == ("Package", "Un boîtier.", ["EXAMPLE CO"])
    assert (row["ipc_symbols"], row["cpc_symbols"]) == (["G06N10/40"], ["G06N10/40"])
    # DOCDB writes neither the zeros nor the century of this serial.
    assert (row["priority_numbers"], row["vendor_family_id"]) == (["US2366704"], "40000001")
    assert (row["filing_date"], row["earliest_priority_date"]) == (day(2015, 9, 21), day(2014, 10, 1))


def test_an_exchange_document_of_a_weekly_docdb_file(tmp_path: Path) -> None:
    row = only(landed(tmp_path, DOCDB))
    assert (row["publication_number"], row["application_number"]) == ("CN110000001A", "CN201910000001")
    assert (row["publication_date"], row["filing_date"]) == (day(2019, 7, 12), day(2019, 1, 2))
    assert (row["title"], row["applicants"], row["priority_numbers"]) == (
        "封装结构",
        ["EXAMPLE CO LTD"],
        ["CN201910000001"],
    )


# ── BigQuery ─────────────────────────────────────────────────────────────────────────────────────────────────────

NESTED = {
    "publication_number": "US-11000001-B2", "application_number": "US-201916000001-A", "country_code": "US", "kind_code": "B2",
    "family_id": "60000001", "publication_date": "20210511", "filing_date": "20190122", "grant_date": "20210511",
    "priority_date": "0",
    "title_localized": [
        {"text": "Gehäuse", "language": "de", "truncated": False}, {"text": "Package", "language": "en", "truncated": False},
    ],
    "abstract_localized": [{"text": "一种封装。", "language": "zh", "truncated": False}],
    "assignee_harmonized": [{"name": "EXAMPLE, INC; LTD", "country_code": "US"}, {"name": "SAMPLE | UNIV", "country_code": "CN"}],
    "assignee": [], "inventor": ["Ada, Sample"], "inventor_harmonized": [{"name": "SAMPLE ADA", "country_code": "US"}],
    "ipc": [{"code": "G06N10/40", "inventive": True, "first": True, "tree": []}],
    "cpc": [{"code": "H10N60/80", "inventive": True, "first": True, "tree": []}, {"code": "G06N10/40", "inventive": False}],
    "priority_claim": [{"publication_number": "", "application_number": "US-201862600001-P", "filing_date": 20180101}],
}  # fmt: skip


@pytest.mark.parametrize("medium", ("jsonl", "json", "parquet"))
def test_nested_columns_are_the_same_in_every_medium(tmp_path: Path, medium: str) -> None:
    numbers = {name: int(NESTED[name]) for name in ("publication_date", "filing_date", "grant_date", "priority_date")}
    if medium == "parquet":
        pl.DataFrame([NESTED | numbers], strict=False).write_parquet(tmp_path / "rows")
        landing = land(tmp_path / "rows", "test", "rows")
    else:
        record = json.dumps(NESTED | numbers if medium == "json" else NESTED, ensure_ascii=False)
        landing = landed(tmp_path, f"[{record}]" if medium == "json" else f"{record}\n{record}\n")
    assert landing.export == "bigquery" and landing.unmapped_columns == ()
    row = only(landing)
    assert (row["publication_number"], row["application_number"]) == ("US11000001B2", "US201916000001")
    assert (row["title"], row["abstract"]) == ("Package", "一种封装。")
    # A name out of a list is whole, whatever signs it holds.
    assert row["applicants"] == ["EXAMPLE, INC; LTD", "SAMPLE | UNIV"]
    assert row["inventors"] == ["Ada, Sample"]
    assert (row["ipc_symbols"], row["cpc_symbols"]) == (["G06N10/40"], ["H10N60/80", "G06N10/40"])
    assert (row["priority_numbers"], row["earliest_priority_date"]) == (["US201862600001"], None)
    assert (row["filing_date"], row["vendor_family_id"]) == (day(2019, 1, 22), "60000001")


# ── paths, shapes, remarks ───────────────────────────────────────────────────────────────────────────────────────


def test_paths_into_lists() -> None:
    cells = pl.Series(
        ["[]", None, "plain; text", '[{"a": {"b": ["x", "y"]}}, {"a": {"b": "z"}}, 7]', '["[1", 2, null]', "[not json"]
    )
    found = values_in_lists(cells, path="a.b").to_list()
    assert found == [None, None, "plain; text", f"{IN_LISTS}x{IN_LISTS}y{IN_LISTS}z", None, "[not json"]
    assert values_in_lists(cells).to_list()[4] == f"{IN_LISTS}[1{IN_LISTS}2"
    assert [column_of(header) for header in ("a.b[].c", "a[language=en].text", "[标]当前申请(专利权)人", "IPC")] == [
        "a.b", "a", "[标]当前申请(专利权)人", "IPC",
    ]  # fmt: skip
    assert into_lists("Count[x]") is None


def test_no_two_exports_claim_one_element() -> None:
    elements = [export.xml_element for export in exports().values() if export.xml_element]
    assert len(elements) == len(set(elements)) >= 5


@pytest.mark.parametrize(
    "content",
    (
        '<?xml version="1.0"?><books><book/></books>',
        '{"results": [{"id": 1}]}',
        '{"patentBag": 7, "count": 1}',
        "<a><b></a>",
    ),
)
def test_documents_of_other_kinds_are_refused_by_name(tmp_path: Path, content: str) -> None:
    with pytest.raises(PatnavError) as raised:
        landed(tmp_path, content, "other.file")
    assert raised.value.where == "other.file"


def test_a_file_that_breaks_off_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="breaks off"):
        landed(tmp_path, GRANT + GRANT[: len(GRANT) // 2])


def test_what_should_be_known_of_a_file_is_told(tmp_path: Path) -> None:
    header = b"No;Title;Publication number;Earliest priority;Earliest publication;Family number;Applicants\r\n"
    rows = [
        f"{n};t;EP300000{n}A1;20.05.2011;21.11.2012;1;".encode() + name
        for n, name in ((1, "MÜLLER".encode()), (2, b"M\xdcLLER"))
    ]
    landing = landed(tmp_path, header + b"\r\n".join(rows))
    assert landing.accepted["applicants"].to_list() == [["MÜLLER"], ["MÜLLER"]]
    assert landing.remarks[-1] == "lines in cp1252: 3"
    assert any("no line end" in remark for remark in landing.remarks)
