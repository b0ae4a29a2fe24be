SELECT
    area,
    area_code,
    patent_type,
    filing_year,
    applications,
    cumulative_applications,
    growth,
    is_complete_year,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m01_filing_trend
WHERE label_level = $label_level
ORDER BY area, patent_type, filing_year
