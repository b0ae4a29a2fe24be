"""USPTO: published applications in full text, XML since 2005 (`us-patent-application` 4.0 to now), weekly files too."""

from transforms.export import Export
from transforms.exports.uspto_grant_xml import APPLICATION_RULE, fields

EXPORT = Export(
    title_zh="美国专利商标局 公开申请 XML",
    title_en="USPTO patent application full text XML",
    publisher="USPTO",
    xml_element="us-patent-application",
    recognised_by=("us-bibliographic-data-application/publication-reference/document-id: {country}{doc-number}{kind}",),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=5,
    caps=(),
    nulls=("", "00000000"),
    application_rule=APPLICATION_RULE,
    fields=fields("us-bibliographic-data-application"),
    ignored=(),
)
