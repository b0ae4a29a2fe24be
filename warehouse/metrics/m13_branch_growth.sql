-- title_zh: 分支增长与份额变化
-- title_en: Growth and shift of branches
-- question_zh: 到最近完整年为止的 k 年间，各分支增长多快，占比上升还是下降？
-- question_en: How fast did each branch grow over the k years up to the last complete one, and did its share rise or fall?
-- figure: 5
-- grain_zh: 一、二或三级分支与年数 k
-- grain_en: branch of tier 1, 2 or 3, and number of years k
-- conventions_zh: 只计核心标签；增长率按 m05_growth 的三种读法，k 步、k + 1 个完整年；
--   份额变化为该分支最近 k 个完整年占去重申请的比重减去再之前 k 年的比重；一件申请在同级每个分支计一次；
--   k 步内任一年不足 30 件即为小基数；增长率留空处以 reason 说明原因；
--   相对增长为分支的复合增长率除以全部带核心标签的申请的复合增长率，后者不大于 0 时留空
-- conventions_en: core labels only; growth in the three readings of m05_growth over k steps, k + 1 complete years;
--   the shift is the branch's share of the distinct applications of the last k complete years less that of the k
--   years before; an application counts once per branch of a tier; the base is small below 30 applications in any
--   year of the k steps; with `reason` where a growth is empty; relative growth is the branch's compound growth over
--   that of all applications with a core label, empty where the latter is not above 0
-- column tier: 层级 / Tier: 1, 2 or 3
-- column branch: 分支标识 / Id of the branch
-- column years: 年数 k / Number of yearly steps k
-- column first_year: 起始年 / First year of the steps
-- column last_year: 末年 / Last year of the steps
-- column first_applications: 起始年申请量（件） / Applications of the first year
-- column last_applications: 末年申请量（件） / Applications of the last year
-- column cagr: 复合年增长率 / Compound annual growth rate
-- column lowest_growth: 各年增长率之最低者 / Lowest yearly growth
-- column mean_growth: 各年增长率之均值 / Mean yearly growth
-- column cagr_of_all: 全部核心申请的复合年增长率 / Compound annual growth rate of all with a core label
-- column relative_growth: 相对增长率 / Growth of the branch over that of all
-- column recent_applications: 最近 k 年申请量（件） / Applications of the last k years
-- column earlier_applications: 之前 k 年申请量（件） / Applications of the k years before
-- column recent_share: 最近 k 年占比 / Share of the last k years
-- column earlier_share: 之前 k 年占比 / Share of the k years before
-- column share_shift: 占比变化 / Recent share less earlier share
-- column is_small_base: 基数是否偏小 / Whether a year of the steps has fewer than 30 applications
-- column reason: 空值原因：no_complete_year、window_before_data、starts_at_zero、empty_year / Why a growth is empty
WITH span AS (
    SELECT
        CAST(unnest([3, 5]) AS INTEGER) AS years,
        build.last_complete_year,
        (SELECT min(filing_year) FROM metrics.m00_counted_application) AS data_year
    FROM meta.build AS build
),
node AS (
    SELECT 3 AS tier, branch.branch AS node, branch.branch FROM core.branch AS branch
    UNION ALL
    SELECT 2, branch.tier2, branch.branch FROM core.branch AS branch
    UNION ALL
    SELECT 1, branch.tier1, branch.branch FROM core.branch AS branch
),
labelled AS (
    SELECT DISTINCT node.tier, node.node, counted.application_id, counted.filing_year
    FROM core.application_branch AS label
    INNER JOIN metrics.m00_counted_application AS counted
        ON counted.application_id = label.application_id AND counted.label_level = 'core'
    INNER JOIN node ON node.branch = label.branch
    WHERE label.level = 'core' AND counted.filing_year IS NOT NULL
),
branch_year AS (
    SELECT tier, node, filing_year, count(*) AS applications FROM labelled GROUP BY tier, node, filing_year
),
whole AS (
    SELECT
        span.years,
        count(*) FILTER (WHERE counted.filing_year > span.last_complete_year - span.years) AS recent,
        count(*) FILTER (WHERE counted.filing_year <= span.last_complete_year - span.years) AS earlier
    FROM span
    INNER JOIN metrics.m00_counted_application AS counted
        ON counted.label_level = 'core'
        AND counted.filing_year > span.last_complete_year - 2 * span.years
        AND counted.filing_year <= span.last_complete_year
    GROUP BY span.years
),
grid AS (
    SELECT DISTINCT node.tier, node.node, span.years, span.last_complete_year, span.data_year
    FROM node
    CROSS JOIN span
),
part AS (
    SELECT
        grid.tier,
        grid.node,
        grid.years,
        sum(branch_year.applications) FILTER (WHERE branch_year.filing_year > grid.last_complete_year - grid.years)
            AS recent,
        sum(branch_year.applications) FILTER (WHERE branch_year.filing_year <= grid.last_complete_year - grid.years)
            AS earlier
    FROM grid
    INNER JOIN branch_year
        ON branch_year.tier = grid.tier
        AND branch_year.node = grid.node
        AND branch_year.filing_year > grid.last_complete_year - 2 * grid.years
        AND branch_year.filing_year <= grid.last_complete_year
    GROUP BY grid.tier, grid.node, grid.years
),
step AS (
    SELECT
        grid.tier,
        grid.node,
        grid.years,
        CAST(unnest(generate_series(grid.last_complete_year - grid.years, grid.last_complete_year)) AS INTEGER)
            AS filing_year
    FROM grid
    WHERE grid.last_complete_year - grid.years >= grid.data_year
),
stepped AS (
    SELECT
        step.tier,
        step.node,
        step.years,
        step.filing_year,
        coalesce(branch_year.applications, 0) AS applications,
        lag(coalesce(branch_year.applications, 0)) OVER (
            PARTITION BY step.tier, step.node, step.years ORDER BY step.filing_year
        ) AS applications_before
    FROM step
    LEFT JOIN branch_year
        ON branch_year.tier = step.tier
        AND branch_year.node = step.node
        AND branch_year.filing_year = step.filing_year
),
grown AS (
    SELECT
        stepped.tier,
        stepped.node,
        stepped.years,
        stepped.filing_year,
        stepped.applications,
        CAST(stepped.applications AS DOUBLE) / CAST(nullif(stepped.applications_before, 0) AS DOUBLE) - 1 AS growth
    FROM stepped
),
measured AS (
    SELECT
        grown.tier,
        grown.node,
        grown.years,
        arg_min(grown.applications, grown.filing_year) AS first_applications,
        arg_max(grown.applications, grown.filing_year) AS last_applications,
        min(grown.applications) AS lowest_applications,
        count(grown.growth) = grown.years AS has_every_growth,
        min(grown.growth) AS lowest_growth,
        avg(grown.growth) AS mean_growth
    FROM grown
    GROUP BY grown.tier, grown.node, grown.years
),
shared AS (
    SELECT
        grid.tier,
        grid.node,
        grid.years,
        coalesce(part.recent, 0) AS recent,
        coalesce(part.earlier, 0) AS earlier,
        CAST(coalesce(part.recent, 0) AS DOUBLE) / CAST(nullif(whole.recent, 0) AS DOUBLE) AS recent_share,
        CAST(coalesce(part.earlier, 0) AS DOUBLE) / CAST(nullif(whole.earlier, 0) AS DOUBLE) AS earlier_share
    FROM grid
    LEFT JOIN whole ON whole.years = grid.years
    LEFT JOIN part ON part.tier = grid.tier AND part.node = grid.node AND part.years = grid.years
)
SELECT
    CAST(grid.tier AS INTEGER) AS tier,
    grid.node AS branch,
    grid.years,
    grid.last_complete_year - grid.years AS first_year,
    grid.last_complete_year AS last_year,
    CAST(measured.first_applications AS BIGINT) AS first_applications,
    CAST(measured.last_applications AS BIGINT) AS last_applications,
    CASE
        WHEN measured.first_applications > 0 THEN
            pow(
                CAST(measured.last_applications AS DOUBLE) / CAST(nullif(measured.first_applications, 0) AS DOUBLE),
                1 / CAST(nullif(grid.years, 0) AS DOUBLE)
            ) - 1
    END AS cagr,
    CASE WHEN measured.has_every_growth THEN measured.lowest_growth END AS lowest_growth,
    CASE WHEN measured.has_every_growth THEN measured.mean_growth END AS mean_growth,
    whole_growth.cagr AS cagr_of_all,
    CASE
        WHEN whole_growth.cagr > 0 AND measured.first_applications > 0 THEN
            (
                pow(
                    CAST(measured.last_applications AS DOUBLE) / CAST(nullif(measured.first_applications, 0) AS DOUBLE),
                    1 / CAST(nullif(grid.years, 0) AS DOUBLE)
                ) - 1
            ) / CAST(nullif(whole_growth.cagr, 0) AS DOUBLE)
    END AS relative_growth,
    CAST(shared.recent AS BIGINT) AS recent_applications,
    CAST(shared.earlier AS BIGINT) AS earlier_applications,
    shared.recent_share,
    shared.earlier_share,
    shared.recent_share - shared.earlier_share AS share_shift,
    coalesce(measured.lowest_applications < 30, true) AS is_small_base,
    CASE
        WHEN grid.last_complete_year IS NULL THEN 'no_complete_year'
        WHEN measured.node IS NULL THEN 'window_before_data'
        WHEN measured.first_applications = 0 THEN 'starts_at_zero'
        WHEN NOT measured.has_every_growth THEN 'empty_year'
    END AS reason,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    grid.last_complete_year
FROM grid
INNER JOIN shared ON shared.tier = grid.tier AND shared.node = grid.node AND shared.years = grid.years
LEFT JOIN measured ON measured.tier = grid.tier AND measured.node = grid.node AND measured.years = grid.years
LEFT JOIN metrics.m05_growth AS whole_growth
    ON whole_growth.years = grid.years
    AND whole_growth.area = 'all'
    AND whole_growth.patent_type = 'all'
    AND whole_growth.label_level = 'core'
