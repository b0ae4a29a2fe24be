-- title_zh: 申请人分布不均
-- title_en: Inequality of applicants
-- question_zh: 申请在申请人之间分布得多不均？
-- question_en: How unequally are filings spread over those who file?
-- figure: none; beside m26_concentration
-- grain_zh: 标签口径
-- grain_en: label level
-- conventions_zh: 计第一申请人的集团，全部年份；基尼系数在有申请的集团之间计算，数量都相同或只有一个集团时为 0；熵以比特计，
--   数量都相同时为集团数的以 2 为底的对数；没有申请人的申请不计入；申请人都不知时留空
-- conventions_en: groups credited as first applicant, all years; Gini over the groups that file, 0 where all file the
--   same or one files alone; entropy in bits, log2 of the number of groups where all file the same; applications
--   without applicant are left out; empty where nobody is known
-- column applicants: 申请人（集团）数 / Groups
-- column credited_applications: 申请人已知的申请（件） / Applications with a known applicant
-- column gini: 基尼系数 / Gini coefficient
-- column entropy_bits: 熵（比特） / Entropy in bits
WITH by_group AS (
    SELECT counted.label_level, coalesce(link.group_id, applicant.group_id) AS group_id, count(*) AS applications
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application_applicant AS link
        ON link.application_id = counted.application_id AND link.position = 1
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
    GROUP BY counted.label_level, coalesce(link.group_id, applicant.group_id)
),
placed AS (
    SELECT
        by_group.label_level,
        by_group.applications,
        row_number() OVER (PARTITION BY by_group.label_level ORDER BY by_group.applications, by_group.group_id) AS place,
        count(*) OVER (PARTITION BY by_group.label_level) AS applicants,
        sum(by_group.applications) OVER (PARTITION BY by_group.label_level) AS whole
    FROM by_group
),
measured AS (
    SELECT
        placed.label_level,
        any_value(placed.applicants) AS applicants,
        any_value(placed.whole) AS whole,
        sum(CAST(placed.place AS DOUBLE) * placed.applications) AS weighted,
        sum(
            CAST(placed.applications AS DOUBLE) / CAST(nullif(placed.whole, 0) AS DOUBLE)
            * log2(CAST(placed.whole AS DOUBLE) / CAST(nullif(placed.applications, 0) AS DOUBLE))
        ) AS entropy
    FROM placed
    GROUP BY placed.label_level
)
SELECT
    CAST(coalesce(measured.applicants, 0) AS BIGINT) AS applicants,
    CAST(coalesce(measured.whole, 0) AS BIGINT) AS credited_applications,
    2 * measured.weighted / CAST(nullif(CAST(measured.applicants AS DOUBLE) * measured.whole, 0) AS DOUBLE)
    - CAST(measured.applicants + 1 AS DOUBLE) / CAST(nullif(measured.applicants, 0) AS DOUBLE) AS gini,
    measured.entropy AS entropy_bits,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    label_level.label_level,
    build.last_complete_year
FROM (SELECT unnest(['core', 'all']) AS label_level) AS label_level
CROSS JOIN meta.build AS build
LEFT JOIN measured ON measured.label_level = label_level.label_level
