-- title_zh: 龙头企业
-- title_en: Leading enterprises of the focus province
-- question_zh: 关注省内哪些企业的专利最多、布局最广？
-- question_en: Which companies of the focus province file most, and how broadly?
-- figure: 6
-- grain_zh: 关注省的第一申请人中的企业
-- grain_en: applicant of the type company among the first applicants of the focus province
-- conventions_zh: 本项目自定：企业按其作为第一申请人、地址在关注省的中国局申请排名；计企业本身，不计其集团；
--   另列同族数与覆盖的分支数（3 件以上）；前五名为龙头（第五名并列时更多）
-- conventions_en: house rule: companies ranked by applications as first applicant with an address in the focus
--   province, at the Chinese office; each company by itself, not its group; families and branches (3 applications or
--   more) stand beside; the first five are leaders (more where the fifth place ties)
-- column applicant_id: 申请人标识 / Applicant
-- column applicant_name: 申请人 / Name
-- column group_id: 集团标识 / Group
-- column applications: 申请量（件） / Applications
-- column families: 同族（项） / Families
-- column covered_branches: 覆盖分支数（不少于 3 件） / Branches with at least 3 applications
-- column rank: 排名 / Rank by applications
-- column is_leader: 是否龙头 / Whether among the first five
WITH filed AS (
    SELECT
        counted.label_level,
        counted.application_id,
        counted.family_id,
        link.applicant_id
    FROM metrics.m00_counted_application AS counted
    INNER JOIN meta.build AS build ON build.focus_province_code = counted.province_code
    INNER JOIN core.application_applicant AS link
        ON link.application_id = counted.application_id AND link.position = 1
    WHERE counted.office = 'CN'
),
by_branch AS (
    SELECT filed.label_level, filed.applicant_id, label.branch, count(*) AS applications
    FROM filed
    INNER JOIN core.application_branch AS label
        ON label.application_id = filed.application_id AND label.level = 'core'
    GROUP BY filed.label_level, filed.applicant_id, label.branch
),
covered AS (
    SELECT label_level, applicant_id, count(*) AS covered_branches
    FROM by_branch
    WHERE applications >= 3
    GROUP BY label_level, applicant_id
),
measured AS (
    SELECT
        filed.label_level,
        applicant.applicant_id,
        applicant.applicant_name,
        applicant.group_id,
        count(*) AS applications,
        count(DISTINCT filed.family_id) AS families
    FROM filed
    INNER JOIN core.applicant AS applicant
        ON applicant.applicant_id = filed.applicant_id AND applicant.applicant_type = 'company'
    GROUP BY ALL
),
ranked AS (
    SELECT
        measured.label_level,
        measured.applicant_id,
        measured.applicant_name,
        measured.group_id,
        measured.applications,
        measured.families,
        CAST(rank() OVER (PARTITION BY measured.label_level ORDER BY measured.applications DESC) AS INTEGER) AS rank
    FROM measured
)
SELECT
    ranked.applicant_id,
    ranked.applicant_name,
    ranked.group_id,
    ranked.applications,
    ranked.families,
    coalesce(covered.covered_branches, 0) AS covered_branches,
    ranked.rank,
    ranked.rank <= 5 AS is_leader,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant_at_cn_office' AS place_rule,
    'invention+utility_model' AS patent_types,
    ranked.label_level,
    build.last_complete_year
FROM ranked
LEFT JOIN covered ON covered.label_level = ranked.label_level AND covered.applicant_id = ranked.applicant_id
CROSS JOIN meta.build AS build
