"""USPTO: published applications in full text, XML of 2001 to 2004 (`patent-application-publication`, pap-v15 and pap-v16)."""

from transforms.export import Export, date, earliest, names, symbols, text
from transforms.exports.uspto_grant_xml import APPLICATION_RULE

_BIBLIO = "subdoc-bibliographic-information"
_FILING = f"{_BIBLIO}/domestic-filing-data"
_TECHNICAL = f"{_BIBLIO}/technical-information"
_PERSON = "{name/given-name} {name/middle-name} {name/family-name} {name/name-suffix}"

EXPORT = Export(
    title_zh="美国专利商标局 公开申请 XML（2001–2004）",
    title_en="USPTO patent application full text XML (2001 to 2004)",
    publisher="USPTO",
    xml_element="patent-application-publication",
    recognised_by=(f"{_BIBLIO}/document-id: US{{doc-number}}{{kind-code}}",),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=5,
    caps=(),
    nulls=("", "00000000"),
    application_rule=APPLICATION_RULE,
    fields={
        "publication_number": text(f"{_BIBLIO}/document-id: US{{doc-number}}{{kind-code}}"),
        "application_number": text(f"{_FILING}/application-number/doc-number"),
        "title": text(f"{_TECHNICAL}/title-of-invention"),
        "abstract": text("subdoc-abstract/paragraph"),
        "claims": text("subdoc-claims/claim"),
        "filing_date": date(f"{_FILING}/filing-date"),
        "publication_date": date(f"{_BIBLIO}/document-id/document-date"),
        "earliest_priority_date": earliest(
            f"{_BIBLIO}/foreign-priority-data/filing-date",
            f"{_BIBLIO}/continuity-data/non-provisional-of-provisional/document-id/document-date",
            f"{_BIBLIO}/continuity-data//parent/document-id/document-date",
        ),
        "priority_numbers": names(
            f"{_BIBLIO}/foreign-priority-data: {{country-code}} {{priority-application-number/doc-number}}"
        ),
        "current_owners": names(f"{_BIBLIO}/assignee: {{organization-name}} {_PERSON}"),
        "inventors": names(f"{_BIBLIO}/inventors/*: {_PERSON}"),
        "ipc_symbols": symbols(f"{_TECHNICAL}/classification-ipc//ipc"),
    },
    ignored=(),
)
