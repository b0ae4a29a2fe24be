-- title_zh: 统计范围
-- title_en: Areas of counting
-- question_zh: 趋势与增长按哪些范围统计，各自到哪一年为止完整？
-- question_en: For which areas are trends and growth counted, and up to which year is each complete?
-- figure: none; the ground that the other metrics stand on
-- grain: area
-- conventions: the last complete year of everywhere is that of meta.build, of the Chinese office and the focus province
--   that of the Chinese office in meta.office_cut_off
-- column area: 范围：all 全部、cn_office 中国局、focus_province 关注省 / Area: everywhere, the Chinese office, the focus province
-- column area_code: 范围代码 / Code of the area, empty for everywhere
WITH build AS (
    SELECT last_complete_year, focus_province_code FROM meta.build
),
cn_office AS (
    SELECT coalesce(
        (SELECT office.last_complete_year FROM meta.office_cut_off AS office WHERE office.office = 'CN'),
        (SELECT build.last_complete_year FROM build)
    ) AS last_complete_year
),
area AS (
    SELECT
        'all' AS area,
        CAST(NULL AS VARCHAR) AS area_code,
        'whole' AS credit,
        'not_applied' AS place_rule,
        build.last_complete_year
    FROM build
    UNION ALL
    SELECT 'cn_office', 'CN', 'whole', 'not_applied', cn_office.last_complete_year
    FROM cn_office
    UNION ALL
    SELECT 'focus_province', build.focus_province_code, 'first', 'first_applicant_at_cn_office', cn_office.last_complete_year
    FROM build
    CROSS JOIN cn_office
)
SELECT
    area.area,
    area.area_code,
    'application' AS unit,
    'filing_year' AS date_basis,
    area.credit,
    area.place_rule,
    'invention+utility_model' AS patent_types,
    'all' AS label_level,
    area.last_complete_year
FROM area
