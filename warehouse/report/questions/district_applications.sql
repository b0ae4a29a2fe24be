SELECT
    rank,
    district_code,
    district_name,
    region_status,
    applications,
    share,
    cumulative_share,
    boundary_vintage,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m35_district_distribution
WHERE population = 'applications' AND label_level = $label_level
ORDER BY rank NULLS LAST, district_code
