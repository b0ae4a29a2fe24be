SELECT
    rank,
    office,
    office_zh,
    office_en,
    applications,
    share,
    is_ip5,
    is_national,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m03_office_ranking
WHERE label_level = $label_level
ORDER BY rank NULLS LAST, office
