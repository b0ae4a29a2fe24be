-- title_zh: 近年布局重点
-- title_en: Recent focus of the leading applicants
-- question_zh: 头部申请人近三个完整年把布局重点放在哪些分支？
-- question_en: In which branches did the leading applicants concentrate over the last three complete years?
-- figure: 4
-- grain_zh: 分支
-- grain_en: branch
-- conventions_zh: 本项目自定：按第一申请人申请量居前五的集团（第五名并列时更多）；
--   分支占比 = 这些集团在该分支的核心件·分支 ÷ 其全部分支的核心件·分支；近年为最近三个完整年，之前为更早各年；
--   近年占比不低于 1 ÷ 分支数、近年至少 5 件·分支，且占比上升（lift 大于 1，
--   或此前没有申请）的分支为布局重点
-- conventions_en: house rule: the five leading groups by applications as first applicants (more where the fifth place
--   ties); share of a branch = its core assignments of these groups over those of all branches; recent are the three
--   last complete years, before them all earlier ones; a branch is a focus where its recent share is at least 1 /
--   number of branches, it has at least 5 recent assignments, and its share grew (lift above 1, or no earlier filings
--   at all)
-- column branch: 分支 / Branch
-- column branch_zh: 分支中文名 / Name in Chinese
-- column branch_en: 分支英文名 / Name in English
-- column applications: 近三年标注次数（件·分支） / Recent assignments
-- column earlier_applications: 此前标注次数（件·分支） / Earlier assignments
-- column share: 近三年占比 / Share of the recent assignments
-- column earlier_share: 此前占比 / Share of the earlier assignments
-- column lift: 占比之比 / Recent share over earlier share
-- column rank: 近三年排名 / Rank by recent assignments
-- column is_focus: 是否布局重点 / Whether the branch is a focus
-- column first_year: 近三年起始年 / First of the recent years
-- column last_year: 近三年末年 / Last of the recent years
-- column groups: 头部申请人 / The leading groups
WITH cell AS (
    SELECT branch, period, group_name, group_rank, first_year, last_year, applications
    FROM metrics.m17_applicant_branch
    WHERE unit = 'application' AND group_rank <= 5
),
recent AS (
    SELECT branch, sum(applications) AS applications, any_value(first_year) AS first_year, any_value(last_year) AS last_year
    FROM cell
    WHERE period = 'recent_3_years'
    GROUP BY branch
),
earlier AS (
    SELECT branch, sum(applications) AS applications FROM cell WHERE period = 'earlier_years' GROUP BY branch
),
leading_groups AS (
    SELECT list(group_name ORDER BY group_rank, group_name) AS groups
    FROM (SELECT DISTINCT group_rank, group_name FROM cell)
),
shared AS (
    SELECT
        branch.branch,
        branch.title_zh AS branch_zh,
        branch.title_en AS branch_en,
        recent.applications,
        earlier.applications AS earlier_applications,
        CAST(recent.applications AS DOUBLE) / CAST(nullif(sum(recent.applications) OVER (), 0) AS DOUBLE) AS share,
        CAST(earlier.applications AS DOUBLE) / CAST(nullif(sum(earlier.applications) OVER (), 0) AS DOUBLE)
            AS earlier_share,
        recent.first_year,
        recent.last_year,
        count(*) OVER () AS branches
    FROM core.branch AS branch
    INNER JOIN recent ON recent.branch = branch.branch
    LEFT JOIN earlier ON earlier.branch = branch.branch
)
SELECT
    shared.branch,
    shared.branch_zh,
    shared.branch_en,
    CAST(shared.applications AS BIGINT) AS applications,
    CAST(shared.earlier_applications AS BIGINT) AS earlier_applications,
    shared.share,
    shared.earlier_share,
    shared.share / CAST(nullif(shared.earlier_share, 0) AS DOUBLE) AS lift,
    CAST(rank() OVER (ORDER BY shared.applications DESC) AS INTEGER) AS rank,
    coalesce(
        shared.share * shared.branches >= 1
        AND shared.applications >= 5
        AND shared.share > coalesce(shared.earlier_share, 0),
        false
    ) AS is_focus,
    shared.first_year,
    shared.last_year,
    leading_groups.groups,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM shared
CROSS JOIN leading_groups
CROSS JOIN meta.build AS build
