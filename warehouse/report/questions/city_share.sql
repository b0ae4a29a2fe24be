SELECT
    rank,
    city_code,
    city_name,
    is_focus_city,
    applications,
    share,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m33_city_share
WHERE label_level = $label_level
ORDER BY rank NULLS LAST, city_code
