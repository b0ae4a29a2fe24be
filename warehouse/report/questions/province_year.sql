WITH ranked AS (
    SELECT province_code, applications, rank
    FROM metrics.m04_province_ranking
    WHERE label_level = $label_level AND rank IS NOT NULL AND applications > 0
),
focus AS (
    SELECT ranked.province_code, ranked.rank
    FROM ranked
    INNER JOIN meta.build AS build ON build.focus_province_code = ranked.province_code
),
-- The province next above in the ranking, else the one next below: the rival the focus province is read against.
rival AS (
    SELECT ranked.province_code
    FROM ranked
    CROSS JOIN focus
    WHERE ranked.province_code <> focus.province_code
    ORDER BY ranked.rank > focus.rank, abs(ranked.rank - focus.rank), ranked.province_code
    LIMIT 1
),
shown AS (
    SELECT province_code, true AS is_focus_province FROM focus
    UNION ALL
    SELECT province_code, false FROM rival
)
SELECT
    yearly.province_code,
    yearly.province_name,
    shown.is_focus_province,
    yearly.filing_year,
    yearly.applications,
    yearly.cumulative_applications,
    yearly.share,
    yearly.rank,
    yearly.is_complete_year,
    yearly.unit,
    yearly.date_basis,
    yearly.credit,
    yearly.place_rule,
    yearly.patent_types,
    yearly.label_level,
    yearly.last_complete_year
FROM metrics.m04_province_year AS yearly
INNER JOIN shown ON shown.province_code = yearly.province_code
WHERE yearly.label_level = $label_level
ORDER BY shown.is_focus_province DESC, yearly.filing_year
