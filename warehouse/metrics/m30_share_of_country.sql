-- title_zh: 各省占全国与全球之比
-- title_en: Provinces' shares of the country and of the world
-- question_zh: 各省申请占全国各省、占中国局、占全部申请的多少？
-- question_en: What share of the mainland, of the Chinese office and of all applications does each province hold?
-- figure: 3
-- grain_zh: 省份与标签口径
-- grain_en: mainland province and label level
-- conventions_zh: 全部年份的申请，按第一申请人地址；占全国之比以 31 个省份的中国局申请为分母，
--   占中国局之比的分母还包括省外与地点未知的申请；占全部之比为本省在各局的申请除以全部申请，含地点未知者
-- conventions_en: applications of all years by the first applicant's address; the share of the country is of the
--   mainland provinces' filings at the Chinese office, that of the office also of filings from elsewhere and from
--   unknown places; the share of all counts the province's filings at every office over all applications, unknown
--   places included
-- column province_code: 省级代码 / Province, GB/T 2260
-- column province_name: 省份简称 / Short name in Chinese
-- column is_focus_province: 是否关注省 / Whether it is the focus province
-- column applications: 在中国局的申请量（件） / Applications at the Chinese office
-- column applications_everywhere: 在各局的申请量（件） / Applications at all offices
-- column share_of_country: 占全国各省之比 / Share of the mainland provinces
-- column share_of_cn_office: 占中国局之比 / Share of the Chinese office
-- column share_of_all: 占全部申请之比 / Share of all applications
WITH filed AS (
    SELECT
        label_level,
        province_code,
        count(*) AS applications_everywhere,
        count(*) FILTER (WHERE office = 'CN') AS applications
    FROM metrics.m00_counted_application
    WHERE place_kind = 'mainland'
    GROUP BY label_level, province_code
),
whole AS (
    SELECT
        label_level,
        count(*) AS of_all,
        count(*) FILTER (WHERE office = 'CN') AS of_office,
        count(*) FILTER (WHERE office = 'CN' AND place_kind = 'mainland') AS of_country
    FROM metrics.m00_counted_application
    GROUP BY label_level
),
province AS (
    SELECT region_code AS province_code, short_name AS province_name
    FROM core.region
    WHERE
        region_level = 'province'
        AND region_status = 'current'
        AND region_code NOT IN ('710000', '810000', '820000')
)
SELECT
    province.province_code,
    province.province_name,
    province.province_code IS NOT DISTINCT FROM build.focus_province_code AS is_focus_province,
    CAST(coalesce(filed.applications, 0) AS BIGINT) AS applications,
    CAST(coalesce(filed.applications_everywhere, 0) AS BIGINT) AS applications_everywhere,
    CAST(coalesce(filed.applications, 0) AS DOUBLE) / CAST(nullif(whole.of_country, 0) AS DOUBLE) AS share_of_country,
    CAST(coalesce(filed.applications, 0) AS DOUBLE) / CAST(nullif(whole.of_office, 0) AS DOUBLE) AS share_of_cn_office,
    CAST(coalesce(filed.applications_everywhere, 0) AS DOUBLE) / CAST(nullif(whole.of_all, 0) AS DOUBLE) AS share_of_all,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant' AS place_rule,
    'invention+utility_model' AS patent_types,
    label_level.label_level,
    build.last_complete_year
FROM province
CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
CROSS JOIN meta.build AS build
LEFT JOIN whole ON whole.label_level = label_level.label_level
LEFT JOIN filed ON filed.label_level = label_level.label_level AND filed.province_code = province.province_code
