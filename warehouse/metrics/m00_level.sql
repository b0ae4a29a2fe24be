-- title_zh: 陈述所用的标签口径
-- title_en: Label level that statements are made at
-- question_zh: 陈述与图表数的是核心标签的申请，还是全部申请？
-- question_en: Do statements and figures count applications with a core label, or all of them?
-- figure: none; the ground that claims stand on
-- grain: the one row of this version
-- conventions: core where at least one application has a core label, all where none has
-- column applications: 该口径下的申请量（件） / Applications at this level
-- column label_level: 标签口径：core 或 all / Label level: core or all
WITH filed AS (
    SELECT label_level, count(*) AS applications FROM metrics.m00_counted_application GROUP BY label_level
)
SELECT
    CAST(coalesce(max(filed.applications) FILTER (WHERE filed.label_level = 'core'), max(filed.applications), 0) AS BIGINT)
        AS applications,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    CASE WHEN count(*) FILTER (WHERE filed.label_level = 'core') > 0 THEN 'core' ELSE 'all' END AS label_level,
    any_value(build.last_complete_year) AS last_complete_year
FROM meta.build AS build
LEFT JOIN filed ON true
