-- title_zh: 梯队
-- title_en: Tiers
-- question_zh: 哪些受理局、哪些省份属于第一梯队，界限有多清楚？
-- question_en: Which offices and which provinces are in the first tier, and how clear is the boundary?
-- figure: 3
-- grain_zh: 主体（受理局或省份）、划分规则、标签口径与成员
-- grain_en: subject (office or province), rule, label level and member
-- conventions_zh: 本项目自定，用于参加排名的受理局与 31 个省份，没有申请的成员不计；
--   largest_gap 在相邻两名之比 N_i / N_(i+1) 最大的第 i 名之后划界，受理局看前 8 名，
--   省份看前 10 名（比值相同取靠前者）；share_80 在累计占比首次达到 80 % 的名次之后划界；
--   数量相同的成员不分开；界线之比低于 1.15 为不稳定
-- conventions_en: house rules over the ranked offices and the 31 provinces, members without filings left out; rule
--   largest_gap cuts after the place i with the largest ratio between neighbours N_i / N_(i+1), within the first 8
--   places of offices and 10 of provinces (the first of equal ratios); rule share_80 cuts after the first place up to
--   which at least 80 % of the filings stand; members with equal numbers are never parted; a boundary ratio below
--   1.15 is unstable
-- column subject: 对象：office 受理局、province 省份 / What is ranked: office or province
-- column rule: 划分规则 / Rule: largest_gap or share_80
-- column member: 代码 / Office or province code
-- column member_zh: 中文名 / Name in Chinese
-- column applications: 申请量（件） / Applications
-- column rank: 排名 / Rank
-- column tier: 梯队，1 为第一梯队 / Tier, 1 is the first
-- column first_tier_members: 第一梯队成员数 / Members of the first tier
-- column boundary_ratio: 界限两侧之比 / Ratio of the last of the first tier to the first of the second
-- column is_unstable: 界限是否不稳 / Whether the boundary is unstable
WITH member AS (
    SELECT
        'office' AS subject,
        8 AS places,
        office AS member,
        office_zh AS member_zh,
        applications,
        rank,
        credit,
        place_rule,
        label_level,
        last_complete_year
    FROM metrics.m03_office_ranking
    WHERE rank IS NOT NULL AND applications > 0
    UNION ALL
    SELECT
        'province',
        10,
        province_code,
        province_name,
        applications,
        rank,
        credit,
        place_rule,
        label_level,
        last_complete_year
    FROM metrics.m04_province_ranking
    WHERE rank IS NOT NULL AND applications > 0
),
neighbour AS (
    SELECT
        member.subject,
        member.places,
        member.member,
        member.member_zh,
        member.applications,
        member.rank,
        member.credit,
        member.place_rule,
        member.label_level,
        member.last_complete_year,
        row_number() OVER in_order AS place,
        CAST(member.applications AS DOUBLE)
        / CAST(nullif(lead(member.applications) OVER in_order, 0) AS DOUBLE) AS ratio,
        CAST(sum(member.applications) OVER in_order AS DOUBLE)
        / CAST(
            nullif(sum(member.applications) OVER (PARTITION BY member.subject, member.label_level), 0) AS DOUBLE
        ) AS cumulative_share
    FROM member
    WINDOW in_order AS (
        PARTITION BY member.subject, member.label_level
        ORDER BY member.applications DESC, member.member
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
boundary AS (
    SELECT
        'largest_gap' AS rule,
        neighbour.subject,
        neighbour.label_level,
        first(neighbour.place ORDER BY neighbour.ratio DESC, neighbour.place) AS last_place
    FROM neighbour
    WHERE neighbour.place <= neighbour.places AND neighbour.ratio > 1
    GROUP BY neighbour.subject, neighbour.label_level
    UNION ALL
    SELECT 'share_80', neighbour.subject, neighbour.label_level, min(neighbour.place)
    FROM neighbour
    WHERE neighbour.cumulative_share >= 0.8 AND coalesce(neighbour.ratio, 2) > 1
    GROUP BY neighbour.subject, neighbour.label_level
),
rule AS (
    SELECT unnest(['largest_gap', 'share_80']) AS rule
)
SELECT
    neighbour.subject,
    rule.rule,
    neighbour.member,
    neighbour.member_zh,
    neighbour.applications,
    neighbour.rank,
    CAST(CASE WHEN neighbour.place <= boundary.last_place THEN 1 WHEN boundary.last_place IS NOT NULL THEN 2 END AS INTEGER)
        AS tier,
    CAST(boundary.last_place AS BIGINT) AS first_tier_members,
    last_of_first.ratio AS boundary_ratio,
    last_of_first.ratio < 1.15 AS is_unstable,
    'application' AS unit,
    'filing_year' AS date_basis,
    neighbour.credit,
    neighbour.place_rule,
    'invention+utility_model' AS patent_types,
    neighbour.label_level,
    neighbour.last_complete_year
FROM neighbour
CROSS JOIN rule
LEFT JOIN boundary
    ON boundary.rule = rule.rule
    AND boundary.subject = neighbour.subject
    AND boundary.label_level = neighbour.label_level
LEFT JOIN neighbour AS last_of_first
    ON last_of_first.subject = boundary.subject
    AND last_of_first.label_level = boundary.label_level
    AND last_of_first.place = boundary.last_place
