-- title_zh: 各环节龙头企业
-- title_en: Leading enterprises at each stage of the chain
-- question_zh: 产业链各环节，关注省名录企业中谁的专利最多、布局最广？
-- question_en: At each stage of the chain, which registered enterprises of the focus province file most, and how broadly?
-- figure: 6
-- grain_zh: 名录中注册地在关注省的企业、产业链环节与标签口径
-- grain_en: enterprise of the register with its seat in the focus province, chain stage and label level
-- conventions_zh: 本项目自定：名录企业在其每个环节内，
--   按其全部对应申请人（core.enterprise_applicant）作为第一申请人的中国局申请排名，
--   不论申请写何地址；每个环节前五名为龙头（第五名并列时更多）；没有申请的企业不排名；
--   没有环节的企业列在 unknown 之下，不是龙头；数据中没有营业收入
-- conventions_en: house rule: enterprises of the register ranked within each of their stages by applications at the
--   Chinese office of all the applicants that are the enterprise (core.enterprise_applicant), as first applicants,
--   wherever these write their address; the first five of a stage are leaders (more where the fifth place ties); an
--   enterprise without filings has no rank; one without a stage stands under unknown and is no leader; revenue is not
--   in these data
-- column chain_stage: 产业链环节，unknown 为未标注 / Stage of the chain: upstream, midstream, downstream, user, unknown
-- column enterprise_id: 企业标识 / Enterprise
-- column enterprise_name: 企业名称 / Name
-- column applications: 申请量（件） / Applications
-- column families: 同族（项） / Families
-- column covered_branches: 覆盖分支数（不少于 3 件） / Branches with at least 3 applications
-- column rank: 环节内排名 / Rank within the stage
-- column is_leader: 是否龙头 / Whether among the first five of the stage
WITH seated AS (
    SELECT enterprise.enterprise_id, enterprise.enterprise_name
    FROM core.enterprise AS enterprise
    INNER JOIN meta.build AS build ON build.focus_province_code = enterprise.province_code
),
filed AS (
    SELECT DISTINCT counted.label_level, link.enterprise_id, counted.application_id, counted.family_id
    FROM core.enterprise_applicant AS link
    INNER JOIN core.application_applicant AS owner ON owner.applicant_id = link.applicant_id AND owner.position = 1
    INNER JOIN metrics.m00_counted_application AS counted
        ON counted.application_id = owner.application_id AND counted.office = 'CN'
),
by_enterprise AS (
    SELECT label_level, enterprise_id, count(*) AS applications, count(DISTINCT family_id) AS families
    FROM filed
    GROUP BY label_level, enterprise_id
),
by_branch AS (
    SELECT filed.label_level, filed.enterprise_id, label.branch, count(*) AS applications
    FROM filed
    INNER JOIN core.application_branch AS label
        ON label.application_id = filed.application_id AND label.level = 'core'
    GROUP BY filed.label_level, filed.enterprise_id, label.branch
),
covered AS (
    SELECT label_level, enterprise_id, count(*) AS covered_branches
    FROM by_branch
    WHERE applications >= 3
    GROUP BY label_level, enterprise_id
),
entry AS (
    SELECT DISTINCT enterprise_id, chain_stage FROM core.enterprise_stage
),
placed AS (
    SELECT
        label_level.label_level,
        coalesce(entry.chain_stage, 'unknown') AS chain_stage,
        seated.enterprise_id,
        seated.enterprise_name,
        coalesce(by_enterprise.applications, 0) AS applications,
        coalesce(by_enterprise.families, 0) AS families,
        coalesce(covered.covered_branches, 0) AS covered_branches
    FROM seated
    CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
    LEFT JOIN entry ON entry.enterprise_id = seated.enterprise_id
    LEFT JOIN by_enterprise
        ON by_enterprise.label_level = label_level.label_level AND by_enterprise.enterprise_id = seated.enterprise_id
    LEFT JOIN covered
        ON covered.label_level = label_level.label_level AND covered.enterprise_id = seated.enterprise_id
),
ranked AS (
    SELECT
        placed.label_level,
        placed.chain_stage,
        placed.enterprise_id,
        placed.enterprise_name,
        placed.applications,
        placed.families,
        placed.covered_branches,
        CASE
            WHEN placed.applications > 0 THEN
                rank() OVER (PARTITION BY placed.label_level, placed.chain_stage ORDER BY placed.applications DESC)
        END AS rank
    FROM placed
)
SELECT
    ranked.chain_stage,
    ranked.enterprise_id,
    ranked.enterprise_name,
    CAST(ranked.applications AS BIGINT) AS applications,
    CAST(ranked.families AS BIGINT) AS families,
    CAST(ranked.covered_branches AS BIGINT) AS covered_branches,
    CAST(ranked.rank AS INTEGER) AS rank,
    coalesce(ranked.rank <= 5 AND ranked.chain_stage <> 'unknown', false) AS is_leader,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'registered_seat' AS place_rule,
    'invention+utility_model' AS patent_types,
    ranked.label_level,
    build.last_complete_year
FROM ranked
CROSS JOIN meta.build AS build
