-- title_zh: 陈述所用的标签口径
-- title_en: Label level that statements are made at
-- question_zh: 陈述与图表数的是核心标签的申请，还是全部申请？
-- question_en: Do statements and figures count applications with a core label, or all of them?
-- figure: none; the ground that claims stand on
-- grain_zh: 本版本唯一的一行
-- grain_en: the one row of this version
-- conventions_zh: 每百件申请至少有一件带核心标签时用 core：数据属于该产业；不足时用 all：数据属于别的产业，
--   寥寥几个核心标签说明不了什么
-- conventions_en: core where at least one application in a hundred has a core label: the data are of the industry;
--   all where fewer have: the data are of something else, and their few core labels would speak for nothing
-- column applications: 该口径下的申请量（件） / Applications at this level
-- column label_level: 标签口径：core 或 all / Label level: core or all
WITH filed AS (
    SELECT
        count(*) FILTER (WHERE label_level = 'core') AS core_applications,
        count(*) FILTER (WHERE label_level = 'all') AS all_applications
    FROM metrics.m00_counted_application
),
judged AS (
    SELECT
        core_applications,
        all_applications,
        core_applications > 0 AND core_applications >= 0.01 * all_applications AS is_core
    FROM filed
)
SELECT
    CASE WHEN judged.is_core THEN judged.core_applications ELSE judged.all_applications END AS applications,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    CASE WHEN judged.is_core THEN 'core' ELSE 'all' END AS label_level,
    build.last_complete_year
FROM meta.build AS build
CROSS JOIN judged
