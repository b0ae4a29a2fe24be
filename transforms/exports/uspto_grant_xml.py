"""USPTO: grants in full text, XML since 2005 (`us-patent-grant` 4.0 to now), weekly files of many documents too."""

from transforms.export import Export, Field, date, earliest, names, symbols, text

_SYMBOL = "{section}{class}{subclass}{main-group}/{subgroup}"
_PERSON = "{orgname} {first-name} {middle-name} {last-name} {suffix}"
_ASSIGNEE = "{orgname} {first-name} {last-name} {addressbook/orgname} {addressbook/first-name} {addressbook/last-name}"
# Series and serial, which the office itself writes with a stroke between them.
APPLICATION_RULE = (r"^([0-9]{2})([0-9]{6})$", "US $1/$2")


def fields(biblio: str) -> dict[str, Field]:
    """The fields of a document whose bibliographic data are in the element `biblio`."""
    cpc = f"{biblio}/classifications-cpc//classification-cpc: {_SYMBOL}"
    related = f"{biblio}/us-related-documents"
    return {
        "publication_number": text(f"{biblio}/publication-reference/document-id: {{country}}{{doc-number}}{{kind}}"),
        "application_number": text(f"{biblio}/application-reference/document-id/doc-number"),
        "title": text(f"{biblio}/invention-title"),
        "abstract": text(".: {abstract}"),
        "claims": text("claims/claim"),
        "filing_date": date(f"{biblio}/application-reference/document-id/date"),
        "publication_date": date(f"{biblio}/publication-reference/document-id/date"),
        # A provisional filing and what a document continues or divides are its priorities as much as a filing abroad.
        "earliest_priority_date": earliest(
            f"{biblio}/priority-claims/priority-claim/date",
            f"{related}/us-provisional-application/document-id/date",
            f"{related}//parent-doc/document-id/date",
        ),
        "priority_numbers": names(f"{biblio}/priority-claims/priority-claim: {{country}} {{doc-number}}"),
        "applicants": names(
            f"{biblio}/us-parties/us-applicants/us-applicant/addressbook: {_PERSON}",
            f"{biblio}/parties/applicants/applicant[@app-type='applicant']/addressbook: {_PERSON}",
        ),
        "current_owners": names(f"{biblio}/assignees/assignee: {_ASSIGNEE}"),
        # Until 2012 the law knew inventors as applicants only.
        "inventors": names(
            f"{biblio}/us-parties/inventors/inventor/addressbook: {_PERSON}",
            f"{biblio}/parties/inventors/inventor/addressbook: {_PERSON}",
            f"{biblio}/parties/applicants/applicant[@app-type='applicant-inventor']/addressbook: {_PERSON}",
        ),
        "ipc_symbols": symbols(
            f"{biblio}/classifications-ipcr/classification-ipcr: {_SYMBOL}",
            # The edition stands among the symbols and is none.
            f"{biblio}/classification-ipc/*",
        ),
        "cpc_symbols": symbols(cpc),
    }


EXPORT = Export(
    title_zh="美国专利商标局 授权专利 XML",
    title_en="USPTO patent grant full text XML",
    publisher="USPTO",
    xml_element="us-patent-grant",
    recognised_by=("us-bibliographic-data-grant/publication-reference/document-id: {country}{doc-number}{kind}",),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=5,
    caps=(),
    nulls=("", "00000000"),
    application_rule=APPLICATION_RULE,
    fields=fields("us-bibliographic-data-grant"),
    ignored=(),
)
