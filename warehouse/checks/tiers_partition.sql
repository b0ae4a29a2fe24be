-- severity: error
-- title_zh: 梯队划分不重不漏，且按数量排列
-- title_en: Tiers hold every member once, and fall in order
WITH repeated AS (
    SELECT label_level, subject, rule, member, 'stands more than once' AS fault
    FROM metrics.m07_tier
    GROUP BY label_level, subject, rule, member
    HAVING count(*) > 1
),
turned AS (
    SELECT lower.label_level, lower.subject, lower.rule, lower.member, 'is larger than a member of a tier above' AS fault
    FROM metrics.m07_tier AS lower
    SEMI JOIN metrics.m07_tier AS upper
        ON upper.label_level = lower.label_level
        AND upper.subject = lower.subject
        AND upper.rule = lower.rule
        AND upper.tier < lower.tier
        AND upper.applications < lower.applications
),
tiered AS (
    SELECT DISTINCT label_level, subject, member FROM metrics.m07_tier
),
missed AS (
    SELECT ranking.label_level, 'office' AS subject, '' AS rule, ranking.office AS member, 'stands in no tier' AS fault
    FROM metrics.m03_office_ranking AS ranking
    ANTI JOIN tiered
        ON tiered.label_level = ranking.label_level AND tiered.subject = 'office' AND tiered.member = ranking.office
    WHERE ranking.rank IS NOT NULL
)
SELECT label_level, subject, rule, member, fault FROM repeated
UNION ALL
SELECT label_level, subject, rule, member, fault FROM turned
UNION ALL
SELECT label_level, subject, rule, member, fault FROM missed
