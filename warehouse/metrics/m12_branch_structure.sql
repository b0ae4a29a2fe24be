-- title_zh: 技术构成
-- title_en: Structure of branches
-- question_zh: 各级技术分支有多少项同族、多少件申请，占多少？
-- question_en: How many families and applications does each branch of each tier have, and what share?
-- figure: 5
-- grain_zh: 一、二或三级分支与单位
-- grain_en: branch of tier 1, 2 or 3, and unit
-- conventions_zh: 只计核心标签，全部年份；一、二级的数为去重后的同族与申请，不是下级分支之和；占比以带任一核心标签的去重总数为分母，
--   is_double_counted 处各占比之和大于 1；没有标签的分支记 0
-- conventions_en: core labels only, all years; tier-1 and tier-2 figures are distinct families and applications, not
--   sums of their branches; shares are of the distinct ones with any core label, so that they sum to more than 1
--   where is_double_counted; branches without labels stand with 0
-- column tier: 层级 / Tier: 1, 2 or 3
-- column branch: 分支标识 / Id of the branch
-- column parent_branch: 上级分支 / Branch above, empty on tier 1
-- column title_zh: 分支中文名 / Name in Chinese
-- column title_en: 分支英文名 / Name in English
-- column origin: 名称来源：seed 原报告、reconstructed 本项目补全 / Where the name is from: seed, the original report; reconstructed, this project
-- column applications: 申请量（件） / Applications
-- column families: 同族数（项） / Families
-- column share: 占全部之比（按 unit） / Share of all with a core label, as unit says
-- column is_double_counted: 本级各分支之和是否大于全部（重复计数） / Whether the branches of the tier overlap, so that they add to more than all
-- column unit: 计数单位：application 件、family 项 / Unit of counting: application or family
-- column label_level: 标签口径，恒为 core / Label level, always core
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
node AS (
    SELECT
        3 AS tier,
        branch.branch AS node,
        branch.tier2 AS parent_branch,
        branch.title_zh,
        branch.title_en,
        branch.origin,
        branch.branch
    FROM core.branch AS branch
    UNION ALL
    SELECT 2, branch.tier2, branch.tier1, branch.tier2_title_zh, branch.tier2_title_en, branch.tier2_origin, branch.branch
    FROM core.branch AS branch
    UNION ALL
    SELECT 1, branch.tier1, CAST(NULL AS VARCHAR), branch.tier1_title_zh, branch.tier1_title_en, branch.tier1_origin, branch.branch
    FROM core.branch AS branch
),
labelled AS (
    SELECT label.branch, counted.application_id, counted.family_id
    FROM core.application_branch AS label
    INNER JOIN metrics.m00_counted_application AS counted
        ON counted.application_id = label.application_id AND counted.label_level = 'core'
    WHERE label.level = 'core'
),
total AS (
    SELECT count(DISTINCT application_id) AS applications, count(DISTINCT family_id) AS families FROM labelled
),
by_node AS (
    SELECT
        node.tier,
        node.node,
        any_value(node.parent_branch) AS parent_branch,
        any_value(node.title_zh) AS title_zh,
        any_value(node.title_en) AS title_en,
        any_value(node.origin) AS origin,
        count(DISTINCT labelled.application_id) AS applications,
        count(DISTINCT labelled.family_id) AS families
    FROM node
    LEFT JOIN labelled ON labelled.branch = node.branch
    GROUP BY node.tier, node.node
),
measured AS (
    SELECT
        'application' AS unit,
        by_node.tier,
        by_node.node,
        by_node.parent_branch,
        by_node.title_zh,
        by_node.title_en,
        by_node.origin,
        by_node.applications,
        by_node.families,
        by_node.applications AS part,
        total.applications AS whole
    FROM by_node
    CROSS JOIN total
    UNION ALL
    SELECT
        'family',
        by_node.tier,
        by_node.node,
        by_node.parent_branch,
        by_node.title_zh,
        by_node.title_en,
        by_node.origin,
        by_node.applications,
        by_node.families,
        by_node.families,
        total.families
    FROM by_node
    CROSS JOIN total
)
SELECT
    CAST(measured.tier AS INTEGER) AS tier,
    measured.node AS branch,
    measured.parent_branch,
    measured.title_zh,
    measured.title_en,
    measured.origin,
    CAST(measured.applications AS BIGINT) AS applications,
    CAST(measured.families AS BIGINT) AS families,
    CAST(measured.part AS DOUBLE) / CAST(nullif(measured.whole, 0) AS DOUBLE) AS share,
    sum(measured.part) OVER (PARTITION BY measured.unit, measured.tier) > measured.whole AS is_double_counted,
    measured.unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM measured
CROSS JOIN build
