"""Thomson Innovation (until 2017): export with the lower-case headers of the synthetic-biology data set."""

from transforms.export import Export, date, names, number, symbols, text

_COLUMNS = (
    "application_countries_names", "application_countries", "application_dates", "application_numbers", "application_years",
    "attorney_agent", "cited_patent_count", "cited_patent_numbers", "citing_patent_count", "citing_patent_numbers",
    "citing_first_assignees_cleaned", "citing_patents_first_assignees", "cpc_full_names", "cpc_class_names",
    "cpc_codes_class", "cpc_codes", "government_interest_us_group", "inpadoc_family_member_countries_names",
    "inpadoc_family_member_countries_codes", "inpadoc_family_member_dates", "inpadoc_family_member_numbers",
    "inpadoc_family_member_years", "inpadoc_first_family_member_number", "international_classifications_names",
    "international_classifications_class_codes", "international_classifications_group_codes",
    "international_classifications_section_codes", "international_classifications_subclass_names",
    "international_classifications_subclass_codes", "international_classifications_codes", "inventors_with_address",
    "inventors_country_names", "inventors_country_codes", "inventors_original_cleaned", "inventors_original",
    "litigation_us", "patent_assignees_cleaned_sector", "patent_assignees_cleaned", "patent_assignees_original_no_address",
    "patent_assignees_original_with_address", "priority_countries_names", "priority_countries_codes",
    "priority_date_earliest", "priority_dates", "priority_numbers", "priority_years_earliest", "priority_years",
    "publication_country_names", "publication_country", "publication_date", "publication_number_espace_links",
    "publication_number", "publication_year", "tac_multiphrases_composite_terms", "tac_claims_contains_seq",
    "tac_contains_seq", "tac_species_names", "title_original_cleaned", "title_original_english_cleaned", "abstract",
    "claims_first",
)  # fmt: skip
_MAPPED = (
    "publication_number", "application_numbers", "publication_country", "title_original_english_cleaned", "title_original_cleaned",
    "abstract", "claims_first", "application_dates", "publication_date", "priority_date_earliest", "priority_numbers",
    "patent_assignees_original_no_address", "patent_assignees_cleaned", "inventors_original", "inventors_original_cleaned",
    "international_classifications_codes", "cpc_codes", "citing_patent_count",
)  # fmt: skip

EXPORT = Export(
    title_zh="Thomson Innovation 导出表",
    title_en="Thomson Innovation export",
    publisher="Thomson Reuters",
    recognised_by=(
        "publication_number",
        "application_numbers",
        "international_classifications_codes",
        "priority_numbers",
    ),
    separator=";",
    date_formats=("year_month_day",),
    precedence=22,
    caps=(500, 30_000, 60_000),
    nulls=("", "-", "--", "NA"),
    generations={"2015": _COLUMNS},
    fields={
        "publication_number": text("publication_number"),
        "application_number": text("application_numbers"),
        "office_code": text("publication_country"),
        "title": text("title_original_english_cleaned", "title_original_cleaned"),
        "abstract": text("abstract"),
        "claims": text("claims_first"),
        "filing_date": date("application_dates"),
        "publication_date": date("publication_date"),
        "earliest_priority_date": date("priority_date_earliest"),
        "priority_numbers": names("priority_numbers"),
        "applicants": names("patent_assignees_original_no_address", "patent_assignees_cleaned"),
        "inventors": names("inventors_original", "inventors_original_cleaned"),
        "ipc_symbols": symbols("international_classifications_codes"),
        "cpc_symbols": symbols("cpc_codes"),
        "cited_by_documents": number("citing_patent_count"),
    },
    ignored=tuple(column for column in _COLUMNS if column not in _MAPPED),
)
