SELECT
    rank,
    city_code,
    city_name,
    is_focus_city,
    enterprises,
    share,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m34_city_enterprise_share
ORDER BY rank NULLS LAST, city_code
