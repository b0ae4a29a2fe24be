-- title_zh: 技术优势指数（RTA 与 RPA）
-- title_en: Technological advantage (RTA and RPA)
-- question_zh: 与各省平均相比，各省在哪些分支占优？
-- question_en: In which branches does each province hold more than its share?
-- figure: none; the specialisation behind figure 3
-- grain_zh: 省份、三级分支与时段
-- grain_en: mainland province, tier-3 branch and period
-- conventions_zh: 中国局申请的核心标签，按第一申请人地址；比较范围为 31 个省份，一件申请在其每个分支各计一次；
--   RTA = 该分支占本省件·分支之比 ÷ 该分支占各省件·分支之比，1 为平均，0 为没有；
--   RPA = 100 tanh(ln RTA)，在 -100 与 100 之间；
--   本省该时段不足 30 件·分支（本项目自定阈值）或该分支各省都没有时留空，以 reason 说明原因；
--   recent_3_years 为中国局最近三个完整年
-- conventions_en: core labels at the Chinese office by the first applicant's address; the universe is the mainland
--   provinces, and an application counts once in each of its branches; RTA = the branch's share of the province's
--   assignments over its share of all of them, 1 is the average, 0 is none; RPA = 100 tanh(ln RTA), from -100 to 100;
--   empty below 30 assignments of the province in the period (house threshold) and for a branch without any, with
--   `reason`; recent_3_years are the last three complete years of the Chinese office
-- column province_code: 省级代码 / Province, GB/T 2260
-- column province_name: 省份简称 / Short name in Chinese
-- column branch: 三级分支 / Tier-3 branch
-- column period: 时段 / Period: all_years, recent_3_years
-- column assignments: 该省该分支申请（件·分支） / Assignments of the province in the branch
-- column province_assignments: 该省合计（件·分支） / Assignments of the province
-- column branch_assignments: 该分支各省合计（件·分支） / Assignments of the branch over the provinces
-- column rta: 优势指数 / Revealed technological advantage
-- column rpa: 相对专利优势 / Relative patent advantage, -100 to 100
-- column reason: 空值原因：too_few_filings、empty_branch / Why there is no index
-- column is_complete_year: 时段内各年是否都完整 / Whether every year of the period is complete
WITH cn_office AS (
    SELECT last_complete_year FROM metrics.m00_area WHERE area = 'cn_office'
),
period AS (
    SELECT 'all_years' AS period, CAST(NULL AS INTEGER) AS first_year, CAST(NULL AS INTEGER) AS last_year
    UNION ALL
    SELECT 'recent_3_years', last_complete_year - 2, last_complete_year FROM cn_office WHERE last_complete_year IS NOT NULL
),
cell AS (
    SELECT period.period, counted.province_code, label.branch, count(*) AS assignments
    FROM core.application_branch AS label
    INNER JOIN metrics.m00_counted_application AS counted
        ON counted.application_id = label.application_id AND counted.label_level = 'core'
    INNER JOIN period
        ON period.period = 'all_years' OR counted.filing_year BETWEEN period.first_year AND period.last_year
    WHERE label.level = 'core' AND counted.office = 'CN' AND counted.place_kind = 'mainland'
    GROUP BY period.period, counted.province_code, label.branch
),
province AS (
    SELECT region_code AS province_code, short_name AS province_name
    FROM core.region
    WHERE
        region_level = 'province'
        AND region_status = 'current'
        AND region_code NOT IN ('710000', '810000', '820000')
),
grid AS (
    SELECT
        period.period,
        province.province_code,
        province.province_name,
        branch.branch,
        coalesce(cell.assignments, 0) AS assignments
    FROM province
    CROSS JOIN core.branch AS branch
    CROSS JOIN period
    LEFT JOIN cell
        ON cell.period = period.period
        AND cell.province_code = province.province_code
        AND cell.branch = branch.branch
),
summed AS (
    SELECT
        grid.period,
        grid.province_code,
        grid.province_name,
        grid.branch,
        grid.assignments,
        sum(grid.assignments) OVER (PARTITION BY grid.period, grid.province_code) AS of_province,
        sum(grid.assignments) OVER (PARTITION BY grid.period, grid.branch) AS of_branch,
        sum(grid.assignments) OVER (PARTITION BY grid.period) AS of_all
    FROM grid
),
measured AS (
    SELECT
        summed.period,
        summed.province_code,
        summed.province_name,
        summed.branch,
        summed.assignments,
        summed.of_province,
        summed.of_branch,
        CASE
            WHEN summed.of_province >= 30 THEN
                CAST(summed.assignments AS DOUBLE) / CAST(nullif(summed.of_province, 0) AS DOUBLE)
                / CAST(
                    nullif(CAST(summed.of_branch AS DOUBLE) / CAST(nullif(summed.of_all, 0) AS DOUBLE), 0) AS DOUBLE
                )
        END AS rta
    FROM summed
)
SELECT
    measured.province_code,
    measured.province_name,
    measured.branch,
    measured.period,
    CAST(measured.assignments AS BIGINT) AS assignments,
    CAST(measured.of_province AS BIGINT) AS province_assignments,
    CAST(measured.of_branch AS BIGINT) AS branch_assignments,
    measured.rta,
    -- The same as 100 tanh(ln RTA), and -100 also for 0, whose logarithm is none.
    100 * (pow(measured.rta, 2) - 1) / CAST(nullif(pow(measured.rta, 2) + 1, 0) AS DOUBLE) AS rpa,
    CASE
        WHEN measured.of_province < 30 THEN 'too_few_filings'
        WHEN measured.of_branch = 0 THEN 'empty_branch'
    END AS reason,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant_at_cn_office' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    cn_office.last_complete_year,
    measured.period = 'recent_3_years' AS is_complete_year
FROM measured
CROSS JOIN cn_office
