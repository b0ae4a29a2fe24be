SELECT
    rank,
    district_code,
    district_name,
    region_status,
    enterprises,
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
WHERE population = 'enterprises'
ORDER BY rank NULLS LAST, district_code
