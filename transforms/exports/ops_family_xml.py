"""EPO OPS: the members of a family (`ops:family-member`), numbers and dates of each publication."""

from transforms.export import Export, date, earliest, names, text

_DOCDB = "document-id[@document-id-type='docdb']"
_NUMBER = "{country} {doc-number} {kind}"

EXPORT = Export(
    title_zh="欧洲专利局 OPS 同族 XML",
    title_en="EPO OPS family members XML",
    publisher="EPO",
    xml_element="family-member",
    recognised_by=(f"publication-reference/{_DOCDB}: {{country}}{{doc-number}}{{kind}}",),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=66,
    caps=(),
    nulls=("", "00000000"),
    fields={
        "publication_number": text(f"publication-reference/{_DOCDB}: {{country}}{{doc-number}}{{kind}}"),
        "application_number": text(f"application-reference/{_DOCDB}: {_NUMBER}"),
        "filing_date": date(f"application-reference/{_DOCDB}/date"),
        "publication_date": date(f"publication-reference/{_DOCDB}/date"),
        "earliest_priority_date": earliest(f"priority-claim/{_DOCDB}/date"),
        "priority_numbers": names(f"priority-claim/{_DOCDB}: {_NUMBER}"),
        "vendor_family_id": text("@family-id"),
    },
    ignored=(),
)
