-- title_zh: 各年首次申请的同族
-- title_en: Families by the year they were first filed in
-- question_zh: 各年首次申请的同族有多少项，哪些年是完整的？
-- question_en: How many families were first filed in each year, and which years are complete?
-- figure: none; the ground that metrics of families by year stand on
-- grain_zh: 同族的申请年（或未知）与标签口径
-- grain_en: filing year of the family (or unknown) and label level
-- conventions_zh: 同族同 m00_counted_family；自最早至最晚逐年成行，没有同族的年份记 0；申请年不详的同族单独成行
-- conventions_en: families as in m00_counted_family; every year from the first to the last, years without families
--   with 0; families without a known year stand in a row of their own
-- column filing_year: 同族最早申请年，空为未知 / Earliest filing year of the family, empty for unknown
-- column families: 同族数（项） / Families
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH filed AS (
    SELECT label_level, filing_year, count(*) AS families
    FROM metrics.m00_counted_family
    GROUP BY label_level, filing_year
),
filing_year AS (
    SELECT CAST(unnest(generate_series(min(filing_year), max(filing_year))) AS INTEGER) AS filing_year FROM filed
    UNION ALL
    SELECT CAST(NULL AS INTEGER)
)
SELECT
    filing_year.filing_year,
    CAST(coalesce(filed.families, 0) AS BIGINT) AS families,
    'family' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    label_level.label_level,
    build.last_complete_year,
    filing_year.filing_year <= build.last_complete_year AS is_complete_year
FROM filing_year
CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
CROSS JOIN meta.build AS build
LEFT JOIN filed
    ON filed.label_level = label_level.label_level
    AND filed.filing_year IS NOT DISTINCT FROM filing_year.filing_year
