-- title_zh: 重要申请人布局热点
-- title_en: Leading applicants by branch
-- question_zh: 排名靠前的申请人（集团）在各分支布局多少，近年重点在哪里？
-- question_en: How much do the leading applicant groups file in each branch, and where lately?
-- figure: 4
-- grain_zh: 申请人集团、三级分支、时段与单位
-- grain_en: applicant group, tier-3 branch, period and unit
-- conventions_zh: 只计核心标签，按第一申请人；取同一单位下全部年份第 1 至 20 名的集团（含并列）；
--   时段 all_years 为全部年份，recent_3_years 为 T*-2 至 T*，
--   earlier_years 为 T*-3 及以前，后两者仅在 T* 已知时给出；
--   row_share 以该集团该时段的去重数为分母，column_share 以该分支的数为分母；
--   一件申请属两个分支时各计一次，故 row_share 之和可大于 1；没有申请的组合记 0
-- conventions_en: core labels only, first applicant; groups ranked 1 to 20 by the same unit over all years (ties
--   included); period 'all_years', 'recent_3_years' (T*-2 to T*) and 'earlier_years' (up to T*-3), the last two only
--   where T* is known; row_share is of the group's distinct filings of the period, column_share of the branch's; an
--   application in two branches counts in both, so that row shares may sum to more than 1; pairs without filings
--   stand with 0
-- column group_id: 集团标识 / Group
-- column group_name: 集团名称 / Name of the group
-- column group_rank: 集团总排名（按 unit） / Overall rank of the group, as unit says
-- column branch: 三级分支 / Tier-3 branch
-- column branch_zh: 分支中文名 / Name in Chinese
-- column branch_en: 分支英文名 / Name in English
-- column period: 时段 / Period: all_years, recent_3_years, earlier_years
-- column first_year: 时段首年 / First filing year of the period, empty where it has no bound
-- column last_year: 时段末年 / Last filing year of the period, empty where it has no bound
-- column applications: 申请量（件） / Applications
-- column families: 同族数（项） / Families
-- column row_share: 占该集团该时段之比（按 unit） / Share of the group's filings of the period, as unit says
-- column column_share: 占该分支该时段之比（按 unit） / Share of the branch's filings of the period, as unit says
-- column unit: 计数单位：application 件、family 项 / Unit of counting: application or family
-- column label_level: 标签口径，恒为 core / Label level, always core
-- column is_complete_year: 时段内各年是否都完整 / Whether every year of the period is complete
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
period AS (
    SELECT
        'all_years' AS period,
        CAST(NULL AS INTEGER) AS first_year,
        CAST(NULL AS INTEGER) AS last_year,
        false AS is_complete_year
    UNION ALL
    SELECT 'recent_3_years', last_complete_year - 2, last_complete_year, true
    FROM build
    WHERE last_complete_year IS NOT NULL
    UNION ALL
    SELECT 'earlier_years', CAST(NULL AS INTEGER), last_complete_year - 3, true
    FROM build
    WHERE last_complete_year IS NOT NULL
),
leading_group AS (
    SELECT unit, group_id, group_name, rank AS group_rank
    FROM metrics.m08_applicant_ranking
    WHERE label_level = 'core' AND credit = 'first' AND rank <= 20
),
owned AS (
    SELECT
        counted.application_id,
        counted.family_id,
        counted.filing_year,
        coalesce(link.group_id, applicant.group_id) AS group_id
    FROM metrics.m00_counted_application AS counted
    LEFT JOIN core.application_applicant AS link
        ON link.application_id = counted.application_id AND link.position = 1
    LEFT JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
    WHERE counted.label_level = 'core'
),
dated AS (
    SELECT period.period, owned.application_id, owned.family_id, owned.group_id
    FROM owned
    INNER JOIN period
        ON period.period = 'all_years'
        OR (
            owned.filing_year <= period.last_year
            AND (period.first_year IS NULL OR owned.filing_year >= period.first_year)
        )
),
labelled AS (
    SELECT dated.period, dated.group_id, label.branch, dated.application_id, dated.family_id
    FROM dated
    INNER JOIN core.application_branch AS label
        ON label.application_id = dated.application_id AND label.level = 'core'
),
cell AS (
    SELECT period, group_id, branch, count(*) AS applications, count(DISTINCT family_id) AS families
    FROM labelled
    WHERE group_id IS NOT NULL
    GROUP BY period, group_id, branch
),
group_total AS (
    SELECT period, group_id, count(*) AS applications, count(DISTINCT family_id) AS families
    FROM dated
    WHERE group_id IS NOT NULL
    GROUP BY period, group_id
),
branch_total AS (
    SELECT period, branch, count(*) AS applications, count(DISTINCT family_id) AS families
    FROM labelled
    GROUP BY period, branch
),
grid AS (
    SELECT
        leading_group.unit,
        leading_group.group_id,
        leading_group.group_name,
        leading_group.group_rank,
        branch.branch,
        branch.title_zh AS branch_zh,
        branch.title_en AS branch_en,
        period.period,
        period.first_year,
        period.last_year,
        period.is_complete_year,
        coalesce(cell.applications, 0) AS applications,
        coalesce(cell.families, 0) AS families,
        CASE WHEN leading_group.unit = 'family' THEN group_total.families ELSE group_total.applications END
            AS group_filings,
        CASE WHEN leading_group.unit = 'family' THEN branch_total.families ELSE branch_total.applications END
            AS branch_filings
    FROM leading_group
    CROSS JOIN core.branch AS branch
    CROSS JOIN period
    LEFT JOIN cell
        ON cell.period = period.period
        AND cell.group_id = leading_group.group_id
        AND cell.branch = branch.branch
    LEFT JOIN group_total
        ON group_total.period = period.period AND group_total.group_id = leading_group.group_id
    LEFT JOIN branch_total
        ON branch_total.period = period.period AND branch_total.branch = branch.branch
)
SELECT
    grid.group_id,
    grid.group_name,
    grid.group_rank,
    grid.branch,
    grid.branch_zh,
    grid.branch_en,
    grid.period,
    grid.first_year,
    grid.last_year,
    CAST(grid.applications AS BIGINT) AS applications,
    CAST(grid.families AS BIGINT) AS families,
    CAST(CASE WHEN grid.unit = 'family' THEN grid.families ELSE grid.applications END AS DOUBLE)
    / CAST(nullif(grid.group_filings, 0) AS DOUBLE) AS row_share,
    CAST(CASE WHEN grid.unit = 'family' THEN grid.families ELSE grid.applications END AS DOUBLE)
    / CAST(nullif(grid.branch_filings, 0) AS DOUBLE) AS column_share,
    grid.unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year,
    grid.is_complete_year
FROM grid
CROSS JOIN build
