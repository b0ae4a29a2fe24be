-- seed: 14
-- figure: policy
-- title_zh: 产业政策表
-- title_en: Table of policies
-- sentence_zh: {first_month} 至 {last_month}，共列入 {policies} 项产业政策，其中 {flagged} 项附有数据说明。
-- sentence_en: {policies} policies from {first_month} to {last_month} are listed, {flagged} of them with a note on the data.
-- otherwise_zh: 政策参考表列有 {policies} 项（{first_month} 至 {last_month}），其中 {flagged} 项附有数据说明。
-- otherwise_en: The reference table lists {policies} policies ({first_month} to {last_month}), {flagged} with a note on the data.
-- condition_zh: 共 17 项，且第 6、8、11、12 项的数据问题已标注
-- condition_en: 17 rows, and the faults of rows 6, 8, 11 and 12 are flagged
SELECT
    count(*) = 17
    AND count(*) FILTER (WHERE policy_id IN ('6', '8', '11', '12') AND data_flag IS NOT NULL) = 4 AS holds,
    concat(count(*), ' rows, flagged: ', string_agg(policy_id, ', ' ORDER BY CAST(policy_id AS INTEGER)) FILTER (WHERE data_flag IS NOT NULL))
        AS found,
    CASE WHEN count(*) = 0 THEN '政策参考表' END AS missing_zh,
    CASE WHEN count(*) = 0 THEN 'a reference table of policies' END AS missing_en,
    count(*) AS policies,
    min(issued_in) AS first_month,
    max(issued_in) AS last_month,
    count(data_flag) AS flagged
FROM core.policy
