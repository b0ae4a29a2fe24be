-- seed: 7
-- figure: branch_structure
-- title_zh: 技术分解
-- title_en: The technology tree
-- sentence_zh: 技术分解为 {tier1} 个一级分支（{tier1_zh}）、{tier2} 个二级分支、{tier3} 个三级分支。
-- sentence_en: The technology breaks down into {tier1} branches of tier 1 ({tier1_en}), {tier2} of tier 2 and {tier3} of tier 3.
-- otherwise_zh: 分支体系有 {tier1} 个一级分支（{tier1_zh}）、{tier2} 个二级分支、{tier3} 个三级分支。
-- otherwise_en: The tree has {tier1} branches of tier 1 ({tier1_en}), {tier2} of tier 2 and {tier3} of tier 3.
-- condition_zh: 一、二、三级分支分别为 3、8、18 个
-- condition_en: 3, 8 and 18 branches on the three tiers
SELECT
    count(DISTINCT tier1) = 3 AND count(DISTINCT tier2) = 8 AND count(DISTINCT branch) = 18 AS holds,
    concat(count(DISTINCT tier1), ' / ', count(DISTINCT tier2), ' / ', count(DISTINCT branch)) AS found,
    CASE WHEN count(*) = 0 THEN '分支体系' END AS missing_zh,
    CASE WHEN count(*) = 0 THEN 'a taxonomy' END AS missing_en,
    count(DISTINCT tier1) AS tier1,
    count(DISTINCT tier2) AS tier2,
    count(DISTINCT branch) AS tier3,
    array_to_string(list_sort(list(DISTINCT tier1_title_zh)), '、') AS tier1_zh,
    array_to_string(list_sort(list(DISTINCT tier1_title_en)), ', ') AS tier1_en
FROM core.branch
