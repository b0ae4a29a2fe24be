"""EPO: exchange documents, as OPS answers with them and as the weekly DOCDB files hold them (ST.36 `exchange-document`)."""

from transforms.export import Export, date, earliest, names, symbols, text

_BIBLIO = "bibliographic-data"
_NUMBER = "{country} {doc-number} {kind}"
_OPS_FILING = f"{_BIBLIO}/application-reference/document-id[@document-id-type='docdb']"
_DOCDB_FILING = f"{_BIBLIO}/application-reference[@data-format='docdb']/document-id"
_CLAIM = f"{_BIBLIO}/priority-claims/priority-claim"
# OPS writes the country behind a standardised name, and a comma behind the original one.
_BEHIND_NAMES = r"\s*\[[A-Z]{2}\]$|,\s*$"


def _party(parties: str, party: str) -> tuple[str, ...]:
    formats = ("epodoc", "docdb", "docdba", "original")
    return tuple(f"{_BIBLIO}/parties/{parties}/{party}[@data-format='{each}']/{party}-name/name" for each in formats)


EXPORT = Export(
    title_zh="欧洲专利局 OPS／DOCDB 著录数据 XML",
    title_en="EPO OPS and DOCDB exchange documents XML",
    publisher="EPO",
    xml_element="exchange-document",
    recognised_by=(".: {@country}{@doc-number}{@kind}",),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=6,
    caps=(),
    nulls=("", "00000000"),
    fields={
        "publication_number": text(".: {@country}{@doc-number}{@kind}"),
        "application_number": text(f"{_OPS_FILING}: {_NUMBER}", f"{_DOCDB_FILING}: {_NUMBER}"),
        "title": text(
            f".: {{{_BIBLIO}/invention-title[@lang='en']}}",
            f".: {{{_BIBLIO}/invention-title[@lang='zh']}}",
            f".: {{{_BIBLIO}/invention-title}}",
        ),
        "abstract": text(".: {abstract[@lang='en']}", ".: {abstract[@lang='zh']}", ".: {abstract}"),
        "filing_date": date(f".: {{{_DOCDB_FILING}/date}}", f".: {{{_BIBLIO}/application-reference/document-id/date}}"),
        "publication_date": date("@date-publ", f".: {{{_BIBLIO}/publication-reference/document-id/date}}"),
        "earliest_priority_date": earliest(f"{_CLAIM}/document-id/date"),
        "priority_numbers": names(
            f"{_CLAIM}[@data-format='docdb']/document-id: {_NUMBER}",
            # A claim has the number of DOCDB, or where OPS leaves that out, the one of epodoc.
            f"{_CLAIM}/document-id[@document-id-type='docdb']: {_NUMBER}",
            f"{_CLAIM}/document-id[@document-id-type='epodoc']/doc-number",
        ),
        "applicants": names(*_party("applicants", "applicant"), cut=_BEHIND_NAMES),
        "inventors": names(*_party("inventors", "inventor"), cut=_BEHIND_NAMES),
        "ipc_symbols": symbols(
            f"{_BIBLIO}/classifications-ipcr/classification-ipcr/text", f"{_BIBLIO}/classification-ipc/text"
        ),
        # One symbol may stand there once per office that gave it; of other schemes the symbol is in one piece.
        "cpc_symbols": symbols(
            f"{_BIBLIO}/patent-classifications/patent-classification[section]: "
            "{section}{class}{subclass}{main-group}/{subgroup}"
        ),
        "vendor_family_id": text("@family-id"),
    },
    ignored=(),
)  # fmt: skip
