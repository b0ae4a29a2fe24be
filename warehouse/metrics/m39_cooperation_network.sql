-- title_zh: 协同申请网络
-- title_en: Network of joint filings
-- question_zh: 谁与多少伙伴共同申请、共多少项，所在的合作网络有多大？
-- question_en: Who files with how many partners, how many families together, and how large is the network around them?
-- figure: none; asked by every navigation report
-- grain_zh: 至少有一个合作者的申请人集团，与标签口径
-- grain_en: applicant group with at least one partner, and label level
-- conventions_zh: 同为一项同族申请人的集团互为合作者，不论由其中哪件计入申请写明；同一集团的子公司之间不算；partners 为度，
--   joint_families 为协同申请的同族数，partnerships 为加权度：各同族的合作者数之和；
--   network_groups 为经合作者相连的集团数，network 为其中最小的标识；全部年份
-- conventions_en: groups that are applicants of one family are partners, whichever of its counted applications names
--   them; subsidiaries of one group are none; partners is the degree, joint_families the families filed jointly,
--   partnerships the weighted degree: families times partners in each; network_groups are the groups that a chain of
--   partners connects, network the least of their identifiers; all years
-- column group_id: 集团标识 / Group
-- column group_name: 集团名称 / Name of the group
-- column partners: 伙伴数（度） / Partners, the degree
-- column joint_families: 协同申请的同族（项） / Families filed jointly
-- column partnerships: 合作次数（加权度） / Weighted degree: partners summed over the joint families
-- column network: 所在网络 / Network that it belongs to
-- column network_groups: 网络内集团数 / Groups of the network
WITH RECURSIVE owner AS NOT MATERIALIZED (
    SELECT
        counted.label_level,
        counted.family_id,
        coalesce(link.group_id, applicant.group_id) AS group_id
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application_applicant AS link ON link.application_id = counted.application_id
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
),
-- Found before their groups are listed: lists of all families would not fit into memory.
joint AS (
    SELECT label_level, family_id FROM owner GROUP BY label_level, family_id HAVING min(group_id) <> max(group_id)
),
joined AS (
    SELECT owner.label_level, owner.family_id, list(DISTINCT owner.group_id) AS groups
    FROM owner
    INNER JOIN joint ON joint.label_level = owner.label_level AND joint.family_id = owner.family_id
    GROUP BY owner.label_level, owner.family_id
),
member AS (
    SELECT label_level, family_id, groups, unnest(groups) AS group_id FROM joined
),
facing AS (
    SELECT label_level, family_id, group_id, unnest(groups) AS partner_id FROM member
),
pair AS (
    SELECT label_level, family_id, group_id, partner_id FROM facing WHERE partner_id <> group_id
),
edge AS (
    SELECT DISTINCT label_level, group_id, partner_id FROM pair
),
-- Every group takes the least name that a neighbour knows, until nobody learns a lesser one.
reached(label_level, group_id, network) USING KEY (label_level, group_id) AS (
    SELECT label_level, group_id, least(group_id, min(partner_id)) FROM edge GROUP BY label_level, group_id
    UNION
    -- Neighbours are gathered before they are compared: put together first, all groups would meet all others.
    SELECT heard.label_level, heard.group_id, heard.network
    FROM (
        SELECT edge.label_level, edge.group_id, min(newly.network) AS network
        FROM reached AS newly
        INNER JOIN edge ON edge.label_level = newly.label_level AND edge.partner_id = newly.group_id
        GROUP BY edge.label_level, edge.group_id
    ) AS heard
    INNER JOIN recurring.reached AS known
        ON known.label_level = heard.label_level AND known.group_id = heard.group_id
    WHERE heard.network < known.network
),
degree AS (
    SELECT
        label_level,
        group_id,
        count(DISTINCT partner_id) AS partners,
        count(DISTINCT family_id) AS joint_families,
        count(*) AS partnerships
    FROM pair
    GROUP BY label_level, group_id
)
SELECT
    degree.group_id,
    coalesce(group_row.applicant_name, degree.group_id) AS group_name,
    CAST(degree.partners AS BIGINT) AS partners,
    CAST(degree.joint_families AS BIGINT) AS joint_families,
    CAST(degree.partnerships AS BIGINT) AS partnerships,
    reached.network,
    CAST(count(*) OVER (PARTITION BY degree.label_level, reached.network) AS BIGINT) AS network_groups,
    'family' AS unit,
    'not_applied' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    degree.label_level,
    build.last_complete_year
FROM degree
INNER JOIN reached ON reached.label_level = degree.label_level AND reached.group_id = degree.group_id
CROSS JOIN meta.build AS build
LEFT JOIN core.applicant AS group_row ON group_row.applicant_id = degree.group_id
