-- severity: error
-- title_zh: 指数与比率处于其取值范围之内
-- title_en: Indices and rates lie within their bounds
WITH measured AS (
    SELECT 'm15_advantage rpa' AS measure, concat(province_code, ' ', branch, ' ', period) AS subject, rpa AS found,
        -100 AS lowest, 100 AS highest
    FROM metrics.m15_advantage
    UNION ALL
    SELECT 'm26_concentration hhi_0_to_1', concat(label_level, ' ', branch), hhi_0_to_1, 0, 1
    FROM metrics.m26_concentration
    UNION ALL
    SELECT 'm47_grant_rate grant_rate', concat(label_level, ' ', area, ' ', CAST(filing_year AS VARCHAR)), grant_rate, 0, 1
    FROM metrics.m47_grant_rate
    UNION ALL
    SELECT 'm50_high_value lowest_share', concat(label_level, ' ', area, ' ', criterion), lowest_share, 0, highest_share
    FROM metrics.m50_high_value
    UNION ALL
    SELECT 'm54_label_precision precision', branch, precision, lowest_precision, highest_precision
    FROM metrics.m54_label_precision
    UNION ALL
    SELECT 'm59_completeness expected_public_share', concat(office, ' ', CAST(filing_year AS VARCHAR)),
        expected_public_share, 0, 1
    FROM metrics.m59_completeness
)
SELECT measure, subject, found, lowest, highest
FROM measured
WHERE found < lowest - 1e-9 OR found > highest + 1e-9
