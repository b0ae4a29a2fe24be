-- title_zh: 布局全面度
-- title_en: Breadth of applicants
-- question_zh: 主要申请人覆盖了多少个分支，分布是否均匀？
-- question_en: How many branches does each leading applicant cover, and how evenly?
-- figure: 4
-- grain_zh: 申请量居前二十的集团
-- grain_en: group among the twenty leading ones by applications
-- conventions_zh: 本项目自定：全部年份的核心件·分支，计入第一申请人的集团；
--   申请达 k = 3 件的分支为已覆盖（另列 1 件即算的数：k = 1 会高估申请少者）；
--   均匀度为件·分支分布的香农熵除以分支数的对数，各分支相同时为 1，没有件·分支时留空
-- conventions_en: house definitions over core assignments of all years to the first applicant's group; a branch is
--   covered by k = 3 applications or more (by 1 or more beside it: k = 1 flatters the small); evenness is Shannon
--   entropy of the assignments over the logarithm of the number of branches, 1 where all branches are alike, empty
--   without assignments
-- column group_id: 集团标识 / Group
-- column group_name: 集团名称 / Name of the group
-- column rank: 申请量排名 / Rank by applications
-- column covered_branches: 覆盖分支数（不少于 3 件） / Branches with at least 3 applications
-- column touched_branches: 涉及分支数（不少于 1 件） / Branches with at least 1
-- column branches: 分支总数 / Number of branches
-- column coverage: 覆盖率 / Covered branches over all
-- column evenness: 均匀度 / Evenness
-- column applications: 标注次数（件·分支） / Assignments
WITH cell AS (
    SELECT group_id, group_name, group_rank, branch, applications
    FROM metrics.m17_applicant_branch
    WHERE unit = 'application' AND period = 'all_years'
),
shared AS (
    SELECT
        cell.group_id,
        cell.group_name,
        cell.group_rank,
        cell.applications,
        CAST(cell.applications AS DOUBLE)
        / CAST(nullif(sum(cell.applications) OVER (PARTITION BY cell.group_id), 0) AS DOUBLE) AS share
    FROM cell
),
by_group AS (
    SELECT
        group_id,
        any_value(group_name) AS group_name,
        any_value(group_rank) AS rank,
        count(*) FILTER (WHERE applications >= 3) AS covered_branches,
        count(*) FILTER (WHERE applications >= 1) AS touched_branches,
        count(*) AS branches,
        sum(applications) AS applications,
        -sum(share * ln(share)) FILTER (WHERE share > 0) AS entropy
    FROM shared
    GROUP BY group_id
)
SELECT
    by_group.group_id,
    by_group.group_name,
    by_group.rank,
    by_group.covered_branches,
    by_group.touched_branches,
    by_group.branches,
    CAST(by_group.covered_branches AS DOUBLE) / CAST(nullif(by_group.branches, 0) AS DOUBLE) AS coverage,
    CASE WHEN by_group.branches > 1 THEN by_group.entropy / CAST(nullif(ln(by_group.branches), 0) AS DOUBLE) END AS evenness,
    CAST(by_group.applications AS BIGINT) AS applications,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM by_group
CROSS JOIN meta.build AS build
