-- title_zh: 申请趋势
-- title_en: Filing trend
-- question_zh: 全球、中国局和关注省每年申请多少件，累计多少？
-- question_en: How many applications are filed each year, everywhere, at the Chinese office and in the focus province?
-- figure: 2
-- grain_zh: 范围、专利类型、申请年与标签口径
-- grain_en: area, patent type, filing year and label level
-- conventions_zh: 按申请年计申请；没有申请的年份记 0；申请年不详的申请不计入（其占比见 m56_coverage）；
--   增长率只在该范围的完整年份之间计算，上一年为 0 时留空；关注省计中国局的申请，按第一申请人地址；
--   patent_type 为 all 的行是其余各行之和，不可再与之相加
-- conventions_en: applications by filing year; years without filings stand with 0; applications without a filing year
--   are left out (their share stands in m56_coverage); growth only between complete years of the area, empty where
--   the year before is 0; the focus province counts filings at the Chinese office by the first applicant's address;
--   patent_type 'all' is the sum of the others: never add it to them
-- column area: 范围：all 全部、cn_office 中国局、focus_province 关注省 / Area: everywhere, the Chinese office, the focus province
-- column area_code: 范围代码 / Code of the area, empty for everywhere
-- column patent_type: 专利类型，all 为合计 / Patent type, all is the total
-- column filing_year: 申请年 / Filing year
-- column applications: 申请量（件） / Applications filed in the year
-- column cumulative_applications: 累计申请量（件） / Applications filed up to the end of the year
-- column growth: 比上年增长率 / Growth over the year before
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH area AS (
    SELECT area.area, area.area_code, area.place_rule, area.credit, area.last_complete_year FROM metrics.m00_area AS area
),
filed AS (
    SELECT
        counted.label_level,
        counted.filing_year,
        counted.patent_type,
        counted.office = 'CN' AS is_cn_office,
        counted.office = 'CN' AND counted.province_code IS NOT DISTINCT FROM build.focus_province_code AS is_focus,
        count(*) AS applications
    FROM metrics.m00_counted_application AS counted
    CROSS JOIN meta.build AS build
    WHERE counted.filing_year IS NOT NULL
    GROUP BY ALL
),
year_range AS (
    SELECT
        min(filed.filing_year) AS first_year,
        greatest(max(filed.filing_year), (SELECT max(area.last_complete_year) FROM area)) AS last_year
    FROM filed
),
filing_year AS (
    SELECT CAST(unnest(generate_series(first_year, last_year)) AS INTEGER) AS filing_year FROM year_range
),
patent_type AS (
    SELECT 'all' AS patent_type, 'invention+utility_model' AS patent_types
    UNION ALL
    SELECT 'invention', 'invention'
    UNION ALL
    SELECT 'utility_model', 'utility_model'
),
label_level AS (
    SELECT 'core' AS label_level
    UNION ALL
    SELECT 'all' AS label_level
),
spine AS (
    SELECT
        area.area,
        area.area_code,
        area.place_rule,
        area.credit,
        area.last_complete_year,
        patent_type.patent_type,
        patent_type.patent_types,
        label_level.label_level,
        filing_year.filing_year
    FROM area
    CROSS JOIN patent_type
    CROSS JOIN label_level
    CROSS JOIN filing_year
),
yearly AS (
    SELECT
        spine.area,
        spine.area_code,
        spine.place_rule,
        spine.credit,
        spine.last_complete_year,
        spine.patent_type,
        spine.patent_types,
        spine.label_level,
        spine.filing_year,
        coalesce(sum(filed.applications), 0) AS applications
    FROM spine
    LEFT JOIN filed
        ON filed.label_level = spine.label_level
        AND filed.filing_year = spine.filing_year
        AND (spine.patent_type = 'all' OR filed.patent_type = spine.patent_type)
        AND (
            spine.area = 'all'
            OR (spine.area = 'cn_office' AND filed.is_cn_office)
            OR (spine.area = 'focus_province' AND filed.is_focus)
        )
    GROUP BY ALL
),
compared AS (
    SELECT
        yearly.area,
        yearly.area_code,
        yearly.place_rule,
        yearly.credit,
        yearly.last_complete_year,
        yearly.patent_type,
        yearly.patent_types,
        yearly.label_level,
        yearly.filing_year,
        yearly.applications,
        sum(yearly.applications) OVER series AS cumulative_applications,
        lag(yearly.applications) OVER series AS applications_before
    FROM yearly
    WINDOW series AS (PARTITION BY area, patent_type, label_level ORDER BY filing_year)
)
SELECT
    compared.area,
    compared.area_code,
    compared.patent_type,
    compared.filing_year,
    CAST(compared.applications AS BIGINT) AS applications,
    CAST(compared.cumulative_applications AS BIGINT) AS cumulative_applications,
    CASE
        WHEN compared.filing_year <= compared.last_complete_year THEN
            CAST(compared.applications - compared.applications_before AS DOUBLE)
            / CAST(nullif(compared.applications_before, 0) AS DOUBLE)
    END AS growth,
    'application' AS unit,
    'filing_year' AS date_basis,
    compared.credit,
    compared.place_rule,
    compared.patent_types,
    compared.label_level,
    compared.last_complete_year,
    compared.filing_year <= compared.last_complete_year AS is_complete_year
FROM compared
