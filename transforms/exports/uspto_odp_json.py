"""USPTO Open Data Portal: file wrappers as JSON (`patentFileWrapperDataBag`, and `patentBag` of its first version of 2024)."""

from transforms.export import Export, date, names, symbols, text
from transforms.exports.uspto_grant_xml import APPLICATION_RULE

_DATA = "applicationMetaData."
_UNUSED = (
    "applicationConfirmationNumber", "applicationStatusCode", "applicationStatusDate", "applicationStatusDescriptionText",
    "applicationTypeCategory", "applicationTypeCode", "applicationTypeLabelName", "businessEntityStatusCategory", "class",
    "class/subclass", "customerNumber", "docketNumber", "effectiveFilingDate", "entityStatusData.businessEntityStatusCategory",
    "entityStatusData.smallEntityStatusIndicator", "examinerNameText", "firstInventorName", "firstInventorToFileIndicator",
    "groupArtUnitNumber", "internationalRegistrationNumber", "internationalRegistrationPublicationDate", "nationalStageIndicator",
    "patentNumber", "pctPublicationDate", "pctPublicationNumber", "publicationCategoryBag", "publicationDateBag",
    "publicationSequenceNumberBag", "smallEntityStatusIndicator", "subclass", "uspcSymbolText",
)  # fmt: skip
# What else a wrapper holds, of which no column is made.
_BAGS = (
    "assignmentBag", "childContinuityBag", "continuityBag.childContinuityBag", "continuityBag.parentContinuityBag",
    "correspondenceAddressBag", "eventDataBag", "foreignPriorityBag", "lastIngestionDateTime", "parentContinuityBag",
    "patentTermAdjustmentData", "recordAttorney.attorneyBag", "recordAttorney.customerNumber.patronIdentifier",
    "recordAttorney.customerNumber.powerOfAttorneyAddressBag", "transactionContentBag",
)  # fmt: skip

EXPORT = Export(
    title_zh="美国专利商标局 开放数据平台（ODP）JSON",
    title_en="USPTO Open Data Portal file wrappers JSON",
    publisher="USPTO",
    json_records=("patentFileWrapperDataBag", "patentBag"),
    recognised_by=("applicationNumberText", ("inventionTitle", f"{_DATA}inventionTitle")),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=46,
    caps=(25, 100, 10_000),
    # Most filings are on record before anything of them is published, and some for ever.
    numbered_by="publication_or_filing",
    office="US",
    application_rule=APPLICATION_RULE,
    fields={
        "publication_number": text("earliestPublicationNumber", f"{_DATA}earliestPublicationNumber"),
        "application_number": text("applicationNumberText"),
        "title": text("inventionTitle", f"{_DATA}inventionTitle"),
        "filing_date": date("filingDate", f"{_DATA}filingDate"),
        "publication_date": date("earliestPublicationDate", f"{_DATA}earliestPublicationDate"),
        "grant_date": date("grantDate", f"{_DATA}grantDate"),
        "applicants": names(
            "applicantBag[].applicantNameText",
            f"{_DATA}applicantBag[].applicantNameText",
            "applicantBag[].applicant",
            "firstApplicantName",
            f"{_DATA}firstApplicantName",
        ),
        "inventors": names("inventorBag[].inventorNameText", f"{_DATA}inventorBag[].inventorNameText"),
        "cpc_symbols": symbols("cpcClassificationBag", f"{_DATA}cpcClassificationBag"),
    },
    ignored=(*_UNUSED, *(_DATA + each for each in _UNUSED), *_BAGS),
)
