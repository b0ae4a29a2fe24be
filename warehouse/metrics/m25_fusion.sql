-- title_zh: 技术融合
-- title_en: Fusion of branches
-- question_zh: 哪些三级分支常在同一件申请中出现？
-- question_en: Which tier-3 branches stand together on the same applications?
-- figure: none; the cross links behind figure 5
-- grain_zh: 一对三级分支，每对一次
-- grain_en: pair of tier-3 branches, each pair once
-- conventions_zh: 只计核心标签，全部年份；Jaccard = 同属两分支的申请 ÷ 属其中任一分支的申请；分支不与自身成对；
--   没有共同申请的对记 0，两分支都没有申请时指数留空
-- conventions_en: core labels only, all years; Jaccard = applications in both over applications in either; a branch
--   with itself is no pair; pairs without joint applications stand with 0, and the index is empty where neither has
--   any
-- column branch: 三级分支 / Tier-3 branch
-- column other_branch: 另一分支 / The other branch
-- column applications: 同属两分支的申请（件） / Applications in both
-- column either_applications: 至少属其一的申请（件） / Applications in either
-- column jaccard: 杰卡德系数 / Jaccard index
WITH labelled AS (
    SELECT label.branch, counted.application_id
    FROM core.application_branch AS label
    INNER JOIN metrics.m00_counted_application AS counted
        ON counted.application_id = label.application_id AND counted.label_level = 'core'
    WHERE label.level = 'core'
),
branch_size AS (
    SELECT branch, count(*) AS applications FROM labelled GROUP BY branch
),
joint AS (
    SELECT one.branch, other.branch AS other_branch, count(*) AS applications
    FROM labelled AS one
    INNER JOIN labelled AS other ON other.application_id = one.application_id AND other.branch > one.branch
    GROUP BY one.branch, other.branch
),
grid AS (
    SELECT
        one.branch,
        other.branch AS other_branch,
        coalesce(joint.applications, 0) AS applications,
        coalesce(one_size.applications, 0) + coalesce(other_size.applications, 0) - coalesce(joint.applications, 0)
            AS either
    FROM core.branch AS one
    INNER JOIN core.branch AS other ON other.branch > one.branch
    LEFT JOIN joint ON joint.branch = one.branch AND joint.other_branch = other.branch
    LEFT JOIN branch_size AS one_size ON one_size.branch = one.branch
    LEFT JOIN branch_size AS other_size ON other_size.branch = other.branch
)
SELECT
    grid.branch,
    grid.other_branch,
    CAST(grid.applications AS BIGINT) AS applications,
    CAST(grid.either AS BIGINT) AS either_applications,
    CAST(grid.applications AS DOUBLE) / CAST(nullif(grid.either, 0) AS DOUBLE) AS jaccard,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM grid
CROSS JOIN meta.build AS build
