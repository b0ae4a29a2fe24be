-- seed: 5
-- figure: province_ranking
-- title_zh: 关注省排名与梯队
-- title_en: Rank and tier of the focus province
-- sentence_zh: {province_zh}申请总量 {applications:,} 件，居各省市第 {rank} 位，属第一梯队（共 {first_tier_members} 省市{unstable_zh}），且近年持续增长。
-- sentence_en: {province_en} ranks no. {rank} among the provinces with {applications:,} filings, within the first tier (of {first_tier_members}{unstable_en}), and keeps growing.
-- otherwise_zh: {province_zh}申请总量 {applications:,} 件，居各省市第 {rank} 位，属第 {tier} 梯队（第一梯队共 {first_tier_members} 省市{unstable_zh}）。
-- otherwise_en: {province_en} ranks no. {rank} among the provinces with {applications:,} filings, in tier {tier} (the first is of {first_tier_members}{unstable_en}).
-- condition_zh: 累计排名第 5，按最大落差规则属第一梯队，且到最近完整年为止的三个年增长率每个都大于 0
-- condition_en: rank 5 over all years, first tier by the largest gap, and each of the three yearly growths up to the last complete year above 0
WITH focus AS (
    SELECT
        ranking.province_name AS province_zh,
        coalesce(region.name_en, ranking.province_name) AS province_en,
        ranking.applications,
        ranking.rank,
        tier.tier,
        tier.first_tier_members,
        tier.is_unstable,
        (
            SELECT growth.lowest_growth > 0
            FROM metrics.m05_growth AS growth
            WHERE
                growth.area = 'focus_province'
                AND growth.patent_type = 'all'
                AND growth.years = 3
                AND growth.label_level = ranking.label_level
        ) AS keeps_growing
    FROM metrics.m04_province_ranking AS ranking
    INNER JOIN metrics.m00_level AS level ON level.label_level = ranking.label_level
    INNER JOIN meta.build AS build ON build.focus_province_code = ranking.province_code
    LEFT JOIN core.region AS region ON region.region_code = ranking.province_code
    LEFT JOIN metrics.m07_tier AS tier
        ON tier.subject = 'province'
        AND tier.rule = 'largest_gap'
        AND tier.member = ranking.province_code
        AND tier.label_level = ranking.label_level
)
SELECT
    focus.rank = 5 AND focus.tier = 1 AND coalesce(focus.keeps_growing, false) AS holds,
    concat('rank ', focus.rank, ', tier ', focus.tier, ' of ', focus.first_tier_members) AS found,
    CASE WHEN focus.tier IS NULL THEN '各省市在中国局的申请' END AS missing_zh,
    CASE WHEN focus.tier IS NULL THEN 'filings of provinces at the Chinese office' END AS missing_en,
    focus.province_zh,
    focus.province_en,
    focus.applications,
    focus.rank,
    focus.tier,
    focus.first_tier_members,
    CASE WHEN focus.is_unstable THEN '，界限不稳' ELSE '' END AS unstable_zh,
    CASE WHEN focus.is_unstable THEN ', an unstable boundary' ELSE '' END AS unstable_en
FROM focus
