-- title_zh: 统计范围
-- title_en: Areas of counting
-- question_zh: 趋势与增长按哪些范围统计，各自的数据到何时为止、到哪一年为止完整？
-- question_en: For which areas are trends and growth counted, until when do the data of each reach and which years are complete?
-- figure: none; the ground that the other metrics stand on
-- grain_zh: 统计范围
-- grain_en: area
-- conventions_zh: 全部范围的最近完整年即 meta.build 中的最近完整年；
--   中国局与关注省用 meta.office_cut_off 中中国局的最近完整年；
--   全部范围的截止日取申请量占二十分之一以上的各受理局中最早的截止日，这些局的完整年份同样决定全部范围的最近完整年
-- conventions_en: the last complete year of everywhere is that of meta.build, of the Chinese office and the focus
--   province that of the Chinese office in meta.office_cut_off; the cut-off of everywhere is the earliest among the
--   offices with a twentieth of the applications or more, whose years hold back the last complete one too
-- column area: 范围：all 全部、cn_office 中国局、focus_province 关注省 / Area: everywhere, the Chinese office, the focus province
-- column area_code: 范围代码 / Code of the area, empty for everywhere
-- column cut_off_date: 数据截止日 / Cut-off date: the day until which the data of the area reach
WITH build AS (
    SELECT cut_off_date, last_complete_year, focus_province_code FROM meta.build
),
-- The same share as LEAST_OFFICE_SHARE, by which the build holds back the last complete year.
weighing_office AS (
    SELECT cut_off_date FROM meta.office_cut_off QUALIFY 20 * applications >= sum(applications) OVER ()
),
everywhere AS (
    SELECT coalesce(min(weighing_office.cut_off_date), (SELECT build.cut_off_date FROM build)) AS cut_off_date
    FROM weighing_office
),
cn_office AS (
    SELECT
        coalesce(max(office.cut_off_date), (SELECT build.cut_off_date FROM build)) AS cut_off_date,
        coalesce(max(office.last_complete_year), (SELECT build.last_complete_year FROM build)) AS last_complete_year
    FROM meta.office_cut_off AS office
    WHERE office.office = 'CN'
),
area AS (
    SELECT
        'all' AS area,
        CAST(NULL AS VARCHAR) AS area_code,
        'whole' AS credit,
        'not_applied' AS place_rule,
        everywhere.cut_off_date,
        build.last_complete_year
    FROM build
    CROSS JOIN everywhere
    UNION ALL
    SELECT 'cn_office', 'CN', 'whole', 'not_applied', cn_office.cut_off_date, cn_office.last_complete_year
    FROM cn_office
    UNION ALL
    SELECT
        'focus_province',
        build.focus_province_code,
        'first',
        'first_applicant_at_cn_office',
        cn_office.cut_off_date,
        cn_office.last_complete_year
    FROM build
    CROSS JOIN cn_office
)
SELECT
    area.area,
    area.area_code,
    area.cut_off_date,
    'application' AS unit,
    'filing_year' AS date_basis,
    area.credit,
    area.place_rule,
    'invention+utility_model' AS patent_types,
    'all' AS label_level,
    area.last_complete_year
FROM area
