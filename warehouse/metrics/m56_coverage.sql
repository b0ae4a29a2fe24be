-- title_zh: 数据覆盖
-- title_en: Coverage of the data
-- question_zh: 有多少申请具备各指标所需的信息？
-- question_en: What share of the applications has what the other metrics need?
-- figure: none; published beside every metric
-- grain_zh: 方面与标签口径
-- grain_en: aspect and label level
-- conventions_zh: 全部年份的申请；每个方面的占比以 applications_in_scope 为分母：一般为全部计入的申请，
--   地址看中国局的申请，计入与否看全部专利类型
-- conventions_en: applications of all years; each aspect states in applications_in_scope what its share is of: all
--   counted applications, those at the Chinese office for addresses, all patent types for the counted ones
-- column aspect: 方面 / Aspect
-- column aspect_zh: 方面中文名 / Name of the aspect in Chinese
-- column aspect_en: 方面英文名 / Name of the aspect in English
-- column applications: 具备者（件） / Applications that have it
-- column applications_in_scope: 范围内（件） / Applications in scope
-- column share: 占比 / Share that has it
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
owner AS (
    SELECT DISTINCT application_id FROM core.application_applicant
),
symbol AS (
    SELECT DISTINCT application_id FROM core.application_symbol
),
label AS (
    SELECT
        application_id,
        count(*) FILTER (WHERE level = 'core') AS core_labels,
        count(*) FILTER (WHERE level IN ('core', 'related')) AS labels
    FROM core.application_branch
    GROUP BY application_id
),
fact AS (
    SELECT
        counted.label_level,
        counted.office = 'CN' AS is_cn_office,
        application.filing_date IS NOT NULL AS has_filing_date,
        application.filing_year IS NOT NULL AS has_filing_year,
        application.application_id_basis = 'application_number' AS has_application_number,
        application.title IS NOT NULL AS has_title,
        owner.application_id IS NOT NULL AS has_applicant,
        coalesce(application.applicant_basis = 'applicants', false) AS has_applicant_as_filed,
        application.province IS NOT NULL OR application.province_code IS NOT NULL AS has_place,
        application.province_code IS NOT NULL AS has_province_code,
        application.city_code IS NOT NULL AS has_city_code,
        application.district_code IS NOT NULL AS has_district_code,
        coalesce(application.legal_status <> 'unknown', false) AS has_legal_status,
        symbol.application_id IS NOT NULL AS has_symbol,
        family.family_definition <> 'single_application' AS has_family_evidence,
        coalesce(label.labels, 0) > 0 AS has_label,
        coalesce(label.core_labels, 0) > 0 AS has_core_label,
        coalesce(label.core_labels, 0) > 1 AS has_several_core_labels
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    INNER JOIN core.family AS family ON family.family_id = counted.family_id
    LEFT JOIN owner ON owner.application_id = counted.application_id
    LEFT JOIN symbol ON symbol.application_id = counted.application_id
    LEFT JOIN label ON label.application_id = counted.application_id
),
label_level AS (
    SELECT 'core' AS label_level
    UNION ALL
    SELECT 'all' AS label_level
),
tally AS (
    SELECT
        label_level.label_level,
        count(fact.label_level) AS counted,
        count(*) FILTER (WHERE fact.is_cn_office) AS at_cn_office,
        count(*) FILTER (WHERE fact.has_filing_date) AS filing_date,
        count(*) FILTER (WHERE fact.has_filing_year) AS filing_year,
        count(*) FILTER (WHERE fact.has_application_number) AS application_number,
        count(*) FILTER (WHERE fact.has_title) AS title,
        count(*) FILTER (WHERE fact.has_applicant) AS applicant,
        count(*) FILTER (WHERE fact.has_applicant_as_filed) AS applicant_as_filed,
        count(*) FILTER (WHERE fact.has_place) AS place,
        count(*) FILTER (WHERE fact.has_province_code AND fact.is_cn_office) AS province_at_cn_office,
        count(*) FILTER (WHERE fact.has_city_code AND fact.is_cn_office) AS city_at_cn_office,
        count(*) FILTER (WHERE fact.has_district_code AND fact.is_cn_office) AS district_at_cn_office,
        count(*) FILTER (WHERE fact.has_legal_status) AS legal_status,
        count(*) FILTER (WHERE fact.has_symbol) AS symbol,
        count(*) FILTER (WHERE fact.has_family_evidence) AS family_evidence,
        count(*) FILTER (WHERE fact.has_label) AS label,
        count(*) FILTER (WHERE fact.has_core_label) AS core_label,
        count(*) FILTER (WHERE fact.has_several_core_labels) AS several_core_labels
    FROM label_level
    LEFT JOIN fact ON fact.label_level = label_level.label_level
    GROUP BY label_level.label_level
),
every_type AS (
    SELECT
        label_level.label_level,
        count(application.application_id) FILTER (
            WHERE label_level.label_level = 'all' OR coalesce(label.core_labels, 0) > 0
        ) AS applications
    FROM label_level
    LEFT JOIN core.application AS application ON true
    LEFT JOIN label ON label.application_id = application.application_id
    GROUP BY label_level.label_level
),
covered AS (
    SELECT
        tally.label_level,
        unnest([
            {'aspect': 'counted_patent_type', 'zh': '发明或实用新型', 'en': 'Invention or utility model',
             'applications': tally.counted, 'in_scope': every_type.applications},
            {'aspect': 'filing_date', 'zh': '有申请日', 'en': 'Has a filing date',
             'applications': tally.filing_date, 'in_scope': tally.counted},
            {'aspect': 'filing_year', 'zh': '有申请年', 'en': 'Has a filing year',
             'applications': tally.filing_year, 'in_scope': tally.counted},
            {'aspect': 'application_number', 'zh': '有申请号', 'en': 'Has an application number',
             'applications': tally.application_number, 'in_scope': tally.counted},
            {'aspect': 'title', 'zh': '有标题', 'en': 'Has a title',
             'applications': tally.title, 'in_scope': tally.counted},
            {'aspect': 'applicant', 'zh': '有申请人', 'en': 'Has an applicant',
             'applications': tally.applicant, 'in_scope': tally.counted},
            {'aspect': 'applicant_as_filed', 'zh': '申请人取自申请时（非当前权利人）',
             'en': 'Applicant as filed, not the current owner',
             'applications': tally.applicant_as_filed, 'in_scope': tally.counted},
            {'aspect': 'place', 'zh': '有省/州', 'en': 'Has a province or state',
             'applications': tally.place, 'in_scope': tally.counted},
            {'aspect': 'province_at_cn_office', 'zh': '中国局申请有省级代码',
             'en': 'At the Chinese office, province resolved',
             'applications': tally.province_at_cn_office, 'in_scope': tally.at_cn_office},
            {'aspect': 'city_at_cn_office', 'zh': '中国局申请有地市代码',
             'en': 'At the Chinese office, city resolved',
             'applications': tally.city_at_cn_office, 'in_scope': tally.at_cn_office},
            {'aspect': 'district_at_cn_office', 'zh': '中国局申请有区县代码',
             'en': 'At the Chinese office, district resolved',
             'applications': tally.district_at_cn_office, 'in_scope': tally.at_cn_office},
            {'aspect': 'legal_status', 'zh': '有法律状态', 'en': 'Has a legal status',
             'applications': tally.legal_status, 'in_scope': tally.counted},
            {'aspect': 'symbol', 'zh': '有分类号', 'en': 'Has a classification symbol',
             'applications': tally.symbol, 'in_scope': tally.counted},
            {'aspect': 'family_evidence', 'zh': '同族有优先权依据', 'en': 'Family formed from priorities',
             'applications': tally.family_evidence, 'in_scope': tally.counted},
            {'aspect': 'label', 'zh': '有核心或相关标签', 'en': 'Has a core or related label',
             'applications': tally.label, 'in_scope': tally.counted},
            {'aspect': 'core_label', 'zh': '有核心标签', 'en': 'Has a core label',
             'applications': tally.core_label, 'in_scope': tally.counted},
            {'aspect': 'several_core_labels', 'zh': '有多个核心标签', 'en': 'Has several core labels',
             'applications': tally.several_core_labels, 'in_scope': tally.counted}
        ]) AS item
    FROM tally
    INNER JOIN every_type ON every_type.label_level = tally.label_level
)
SELECT
    covered.item.aspect AS aspect,
    covered.item.zh AS aspect_zh,
    covered.item.en AS aspect_en,
    CAST(covered.item.applications AS BIGINT) AS applications,
    CAST(covered.item.in_scope AS BIGINT) AS applications_in_scope,
    CAST(covered.item.applications AS DOUBLE) / CAST(nullif(covered.item.in_scope, 0) AS DOUBLE) AS share,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'first_applicant' AS place_rule,
    CASE WHEN covered.item.aspect = 'counted_patent_type' THEN 'all' ELSE 'invention+utility_model' END AS patent_types,
    covered.label_level,
    build.last_complete_year
FROM covered
CROSS JOIN build
