SELECT
    scope,
    path,
    rows_in,
    loaded,
    duplicate,
    quarantined,
    blank,
    publications,
    applications,
    families,
    redundant_share,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m57_merge_flow
ORDER BY scope DESC, path, source_file_id
