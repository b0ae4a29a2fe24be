SELECT
    ranking.rank,
    ranking.place_kind,
    ranking.province_code,
    ranking.province_name,
    ranking.province_code IS NOT DISTINCT FROM build.focus_province_code AS is_focus_province,
    ranking.applications,
    ranking.share,
    ranking.unit,
    ranking.date_basis,
    ranking.credit,
    ranking.place_rule,
    ranking.patent_types,
    ranking.label_level,
    ranking.last_complete_year
FROM metrics.m04_province_ranking AS ranking
CROSS JOIN meta.build AS build
WHERE ranking.label_level = $label_level
ORDER BY ranking.rank NULLS LAST, ranking.place_kind DESC, ranking.province_code
