-- seed: 2
-- figure: office_ranking
-- title_zh: 受理局第一梯队
-- title_en: First tier of offices
-- sentence_zh: {told_zh}属于第一梯队，其末位是下一局的 {boundary_ratio:.1f} 倍{unstable_zh}，引领技术发展。
-- sentence_en: {told_en} form the first tier, the last of them {boundary_ratio:.1f} times the next office{unstable_en}, and lead the field.
-- otherwise_zh: 第一梯队为{told_zh}，其末位是下一局的 {boundary_ratio:.1f} 倍{unstable_zh}。
-- otherwise_en: The first tier is {told_en}, the last of them {boundary_ratio:.1f} times the next office{unstable_en}.
-- condition_zh: 按最大落差规则，第一梯队恰为中国与美国
-- condition_en: by the rule of the largest gap the first tier is CN and US, no more and no less
WITH first_tier AS (
    SELECT
        list(tier.member ORDER BY tier.rank, tier.member) AS members,
        any_value(tier.boundary_ratio) AS boundary_ratio,
        any_value(tier.is_unstable) AS is_unstable,
        string_agg(tier.member_zh, '、' ORDER BY tier.rank, tier.member) AS told_zh,
        string_agg(office.name_en, ', ' ORDER BY tier.rank, tier.member) AS told_en
    FROM metrics.m07_tier AS tier
    INNER JOIN metrics.m00_level AS level ON level.label_level = tier.label_level
    INNER JOIN core.office AS office ON office.office = tier.member
    WHERE tier.subject = 'office' AND tier.rule = 'largest_gap' AND tier.tier = 1
)
SELECT
    list_sort(members) = ['CN', 'US'] AS holds,
    array_to_string(members, ', ') AS found,
    CASE WHEN members IS NULL THEN '至少两个申请量不同的受理局' END AS missing_zh,
    CASE WHEN members IS NULL THEN 'two offices with different numbers of filings' END AS missing_en,
    boundary_ratio,
    CASE WHEN is_unstable THEN '（界限不稳）' ELSE '' END AS unstable_zh,
    CASE WHEN is_unstable THEN ' (an unstable boundary)' ELSE '' END AS unstable_en,
    told_zh,
    told_en
FROM first_tier
