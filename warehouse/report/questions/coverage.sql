SELECT
    aspect,
    aspect_zh,
    aspect_en,
    applications,
    applications_in_scope,
    share,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m56_coverage
WHERE label_level = $label_level
