-- title_zh: 计入统计的申请
-- title_en: Applications that are counted
-- question_zh: 哪些申请计入指标？
-- question_en: Which applications do the metrics count?
-- figure: none; the ground that the other metrics stand on
-- grain_zh: 一件申请与一种标签口径
-- grain_en: one application and label level
-- conventions_zh: 计发明与实用新型，不计外观设计；每件申请在每种标签口径下计一次：core 为至少有一个核心标签的申请，
--   all 为全部申请，不论标签；按申请年；地点为第一申请人所在地
-- conventions_en: inventions and utility models, designs out; each application once per label level: 'core' holds
--   those with at least one core label, 'all' every one whatever its label; filing year; place of the first applicant
-- column application_id: 申请标识 / Application
-- column family_id: 同族标识 / Family of the application
-- column office: 受理局 / Office of filing
-- column patent_type: 专利类型 / Patent type
-- column filing_year: 申请年 / Filing year, empty where the export gives none
-- column place_kind: 地点类别：mainland 内地 31 省级区划、hk_mo_tw 港澳台、abroad_or_unresolved 境外或未解析、unknown 未知 / Kind of place: mainland province, Hong Kong Macao Taiwan, abroad or not resolved, unknown
-- column province_code: 省级代码 / Province of the first applicant
-- column city_code: 地市代码 / City of the first applicant
-- column district_code: 区县代码 / District of the first applicant
-- column label_level: 标签口径：core 仅含核心标签的申请，all 全部申请 / Label level: core for applications with a core label, all for every application
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
core_labelled AS (
    SELECT DISTINCT application_id FROM core.application_branch WHERE level = 'core'
),
counted AS (
    SELECT
        application.application_id,
        application.family_id,
        application.office,
        application.patent_type,
        application.filing_year,
        application.province_code,
        application.province,
        application.city_code,
        application.district_code,
        core_labelled.application_id IS NOT NULL AS has_core_label
    FROM core.application AS application
    LEFT JOIN core_labelled ON core_labelled.application_id = application.application_id
    WHERE application.patent_type IN ('invention', 'utility_model')
),
label_level AS (
    SELECT 'core' AS label_level
    UNION ALL
    SELECT 'all' AS label_level
)
SELECT
    counted.application_id,
    counted.family_id,
    counted.office,
    counted.patent_type,
    counted.filing_year,
    CASE
        WHEN counted.province_code IN ('710000', '810000', '820000') THEN 'hk_mo_tw'
        WHEN counted.province_code IS NOT NULL THEN 'mainland'
        WHEN counted.province IS NOT NULL THEN 'abroad_or_unresolved'
        ELSE 'unknown'
    END AS place_kind,
    counted.province_code,
    counted.city_code,
    counted.district_code,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant' AS place_rule,
    'invention+utility_model' AS patent_types,
    label_level.label_level,
    build.last_complete_year,
    counted.filing_year <= build.last_complete_year AS is_complete_year
FROM counted
CROSS JOIN label_level
CROSS JOIN build
WHERE label_level.label_level = 'all' OR counted.has_core_label
