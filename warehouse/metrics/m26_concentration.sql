-- title_zh: 申请人集中度
-- title_en: Concentration of applicants
-- question_zh: 申请集中在少数申请人手中吗？整体和各三级分支如何？
-- question_en: Do few applicants hold most filings, in the whole and in each tier-3 branch?
-- figure: none; asked by every navigation report
-- grain_zh: 总体或三级分支，与标签口径
-- grain_en: the whole or a tier-3 branch, and label level
-- conventions_zh: 计第一申请人的集团，全部年份；分母为申请人已知的申请，另列全部申请；CRn 为最大 n 个集团的占比；
--   HHI 为各占比平方之和，给出 0 至 1 与乘以 10 000 两种；分界为 0.10 与 0.18；
--   分支只计核心标签；申请人都不知时留空
-- conventions_en: groups credited as first applicant, all years; the denominator is the applications with a known
--   applicant, beside which all applications stand; CRn is the share of the n largest groups; HHI is the sum of
--   squared shares, from 0 to 1 and times 10 000; bands 0.10 and 0.18; branches by core labels only; empty where
--   nobody is known
-- column branch: 三级分支，空为整体 / Tier-3 branch, empty for the whole
-- column applications: 申请量（件） / Applications
-- column credited_applications: 申请人已知的申请（件） / Applications with a known applicant
-- column applicants: 申请人（集团）数 / Groups
-- column cr4: 前 4 名之和 / Share of the 4 largest
-- column cr8: 前 8 名之和 / Share of the 8 largest
-- column cr10: 前 10 名之和 / Share of the 10 largest
-- column hhi_0_to_1: 赫芬达尔指数（0–1） / Herfindahl index from 0 to 1
-- column hhi_0_to_10000: 赫芬达尔指数（0–10000） / Herfindahl index from 0 to 10 000
-- column band: 集中程度：low 低、moderate 中、high 高 / Band: low, moderate, high
WITH owned AS (
    SELECT counted.label_level, counted.application_id, coalesce(link.group_id, applicant.group_id) AS group_id
    FROM metrics.m00_counted_application AS counted
    LEFT JOIN core.application_applicant AS link
        ON link.application_id = counted.application_id AND link.position = 1
    LEFT JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
),
subject AS (
    SELECT 'core' AS label_level, CAST(NULL AS VARCHAR) AS branch
    UNION ALL
    SELECT 'all', CAST(NULL AS VARCHAR)
    UNION ALL
    SELECT 'core', branch.branch FROM core.branch AS branch
),
attributed AS (
    SELECT owned.label_level, CAST(NULL AS VARCHAR) AS branch, owned.group_id FROM owned
    UNION ALL
    SELECT owned.label_level, label.branch, owned.group_id
    FROM owned
    INNER JOIN core.application_branch AS label
        ON label.application_id = owned.application_id AND label.level = 'core'
    WHERE owned.label_level = 'core'
),
by_group AS (
    SELECT label_level, branch, group_id, count(*) AS applications FROM attributed GROUP BY label_level, branch, group_id
),
placed AS (
    SELECT
        by_group.label_level,
        by_group.branch,
        by_group.group_id,
        by_group.applications,
        row_number() OVER (
            PARTITION BY by_group.label_level, by_group.branch, by_group.group_id IS NULL
            ORDER BY by_group.applications DESC, by_group.group_id
        ) AS place
    FROM by_group
),
measured AS (
    SELECT
        label_level,
        branch,
        sum(applications) AS applications,
        sum(applications) FILTER (WHERE group_id IS NOT NULL) AS credited,
        count(group_id) AS applicants,
        sum(applications) FILTER (WHERE group_id IS NOT NULL AND place <= 4) AS first_4,
        sum(applications) FILTER (WHERE group_id IS NOT NULL AND place <= 8) AS first_8,
        sum(applications) FILTER (WHERE group_id IS NOT NULL AND place <= 10) AS first_10,
        sum(CAST(applications AS DOUBLE) * applications) FILTER (WHERE group_id IS NOT NULL) AS squares
    FROM placed
    GROUP BY label_level, branch
),
indexed AS (
    SELECT
        subject.label_level,
        subject.branch,
        coalesce(measured.applications, 0) AS applications,
        coalesce(measured.credited, 0) AS credited,
        coalesce(measured.applicants, 0) AS applicants,
        CAST(measured.first_4 AS DOUBLE) / CAST(nullif(measured.credited, 0) AS DOUBLE) AS cr4,
        CAST(measured.first_8 AS DOUBLE) / CAST(nullif(measured.credited, 0) AS DOUBLE) AS cr8,
        CAST(measured.first_10 AS DOUBLE) / CAST(nullif(measured.credited, 0) AS DOUBLE) AS cr10,
        measured.squares / CAST(nullif(pow(CAST(measured.credited AS DOUBLE), 2), 0) AS DOUBLE) AS hhi,
        measured.squares,
        pow(CAST(measured.credited AS DOUBLE), 2) AS square
    FROM subject
    LEFT JOIN measured
        ON measured.label_level = subject.label_level AND measured.branch IS NOT DISTINCT FROM subject.branch
)
SELECT
    indexed.branch,
    CAST(indexed.applications AS BIGINT) AS applications,
    CAST(indexed.credited AS BIGINT) AS credited_applications,
    CAST(indexed.applicants AS BIGINT) AS applicants,
    indexed.cr4,
    indexed.cr8,
    indexed.cr10,
    indexed.hhi AS hhi_0_to_1,
    10000 * indexed.hhi AS hhi_0_to_10000,
    -- In whole numbers, so that an index of just 0.10 or 0.18 is on the right side.
    CASE
        WHEN 100 * indexed.squares < 10 * indexed.square THEN 'low'
        WHEN 100 * indexed.squares <= 18 * indexed.square THEN 'moderate'
        WHEN 100 * indexed.squares > 18 * indexed.square THEN 'high'
    END AS band,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    indexed.label_level,
    build.last_complete_year
FROM indexed
CROSS JOIN meta.build AS build
