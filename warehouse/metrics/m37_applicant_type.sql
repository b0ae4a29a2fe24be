-- title_zh: 主体类型结构
-- title_en: Types of applicants
-- question_zh: 企业、高校、科研院所、个人、机关各申请多少，占多少？
-- question_en: How much do companies, universities, institutes, persons and government file, and what share?
-- figure: none; asked by every navigation report
-- grain_zh: 申请人类型、申请人口径与标签口径
-- grain_en: applicant type, credit and label level
-- conventions_zh: 按申请人本身的类型，不按其集团；first 计第一申请人，
--   whole 一件申请中每种类型计一次（占比之和可大于 1），fractional 每个申请人计 1/n；
--   没有申请人的申请类型为未知，计入分母；每种类型都列出，没有的记 0
-- conventions_en: type of the applicant itself, not of its group; 'first' the first applicant, 'whole' every type of
--   an application once (shares may sum to more than 1), 'fractional' 1/n to each applicant; applications without
--   applicant are of unknown type, in the denominator; every type stands, also with 0
-- column applicant_type: 主体类型：company 企业、university 高校、institute 科研院所、person 个人、government 机关、unknown 未知 / Type of applicant
-- column applications: 申请量（件，均分时为份额之和） / Applications, the sum of shares where credit is fractional
-- column share: 占全部之比 / Share of all applications
-- column credit: 申请人口径：first、whole、fractional / Credit: first applicant, each type once, or shares of 1
WITH counted AS (
    SELECT application_id, label_level FROM metrics.m00_counted_application
),
owner AS (
    SELECT link.application_id, link.position, link.fraction, applicant.applicant_type
    FROM core.application_applicant AS link
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
),
credited AS (
    SELECT 'first' AS credit, counted.label_level, counted.application_id, owner.applicant_type, 1.0 AS weight
    FROM counted
    LEFT JOIN owner ON owner.application_id = counted.application_id AND owner.position = 1
    UNION ALL
    SELECT DISTINCT 'whole', counted.label_level, counted.application_id, owner.applicant_type, 1.0
    FROM counted
    LEFT JOIN owner ON owner.application_id = counted.application_id
    UNION ALL
    SELECT
        'fractional', counted.label_level, counted.application_id, owner.applicant_type, coalesce(owner.fraction, 1.0)
    FROM counted
    LEFT JOIN owner ON owner.application_id = counted.application_id
),
found AS (
    SELECT credit, label_level, coalesce(applicant_type, 'unknown') AS applicant_type, sum(weight) AS applications
    FROM credited
    GROUP BY credit, label_level, coalesce(applicant_type, 'unknown')
),
total AS (
    SELECT label_level, count(*) AS applications FROM counted GROUP BY label_level
),
spine AS (
    SELECT credit.credit, label_level.label_level, applicant_type.applicant_type
    FROM (SELECT unnest(['first', 'whole', 'fractional']) AS credit) AS credit
    CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
    CROSS JOIN (
        SELECT unnest(['company', 'university', 'institute', 'person', 'government', 'unknown']) AS applicant_type
    ) AS applicant_type
)
SELECT
    spine.applicant_type,
    CAST(coalesce(found.applications, 0) AS DOUBLE) AS applications,
    CAST(coalesce(found.applications, 0) AS DOUBLE) / CAST(nullif(total.applications, 0) AS DOUBLE) AS share,
    'application' AS unit,
    'filing_year' AS date_basis,
    spine.credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    spine.label_level,
    build.last_complete_year
FROM spine
CROSS JOIN meta.build AS build
LEFT JOIN total ON total.label_level = spine.label_level
LEFT JOIN found
    ON found.credit = spine.credit
    AND found.label_level = spine.label_level
    AND found.applicant_type = spine.applicant_type
