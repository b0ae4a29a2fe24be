-- seed: 0
-- figure: chain_map
-- title_zh: 产业链构成
-- title_en: What the chain consists of
-- sentence_zh: 产业链上游是{upstream_zh}等核心部件，中游是{midstream_zh}等机房软硬件，下游是{downstream_zh}，最终用户有{user_zh}。
-- sentence_en: Upstream of the chain stand {upstream_en}; midstream {midstream_en}; downstream {downstream_en}; its users are {user_en}.
-- otherwise_zh: 参考表中产业链上游为{upstream_zh}，中游为{midstream_zh}，下游为{downstream_zh}，最终用户为{user_zh}。
-- otherwise_en: The reference table has upstream {upstream_en}; midstream {midstream_en}; downstream {downstream_en}; users {user_en}.
-- condition_zh: 上游有 AI 芯片、存储芯片、光模块，中游有 AI 服务器、网络设备、存储设备、液冷机架、管理软件，下游有平台与边缘枢纽，且有最终用户
-- condition_en: the named nodes stand at their stages: three upstream, five midstream, two downstream, and end users
WITH stage AS (
    SELECT
        chain_stage,
        list(node_id ORDER BY node_id) AS nodes,
        string_agg(title_zh, '、' ORDER BY node_id) AS told_zh,
        string_agg(title_en, ', ' ORDER BY node_id) AS told_en
    FROM core.chain_node
    GROUP BY chain_stage
),
stages AS (
    SELECT
        any_value(nodes) FILTER (WHERE chain_stage = 'upstream') AS upstream,
        any_value(nodes) FILTER (WHERE chain_stage = 'midstream') AS midstream,
        any_value(nodes) FILTER (WHERE chain_stage = 'downstream') AS downstream,
        any_value(nodes) FILTER (WHERE chain_stage = 'user') AS users,
        any_value(told_zh) FILTER (WHERE chain_stage = 'upstream') AS upstream_zh,
        any_value(told_en) FILTER (WHERE chain_stage = 'upstream') AS upstream_en,
        any_value(told_zh) FILTER (WHERE chain_stage = 'midstream') AS midstream_zh,
        any_value(told_en) FILTER (WHERE chain_stage = 'midstream') AS midstream_en,
        any_value(told_zh) FILTER (WHERE chain_stage = 'downstream') AS downstream_zh,
        any_value(told_en) FILTER (WHERE chain_stage = 'downstream') AS downstream_en,
        any_value(told_zh) FILTER (WHERE chain_stage = 'user') AS user_zh,
        any_value(told_en) FILTER (WHERE chain_stage = 'user') AS user_en,
        count(*) AS known_stages
    FROM stage
)
SELECT
    list_has_all(upstream, ['ai_chip', 'memory_chip', 'optical_module'])
    AND list_has_all(
        midstream,
        ['ai_server', 'network_equipment', 'storage_equipment', 'liquid_cooled_rack', 'management_software']
    )
    AND list_has_all(downstream, ['platform', 'edge_hub'])
    AND len(users) > 0 AS holds,
    concat_ws('; ', upstream_en, midstream_en, downstream_en, user_en) AS found,
    CASE WHEN known_stages < 4 THEN '产业链参考表中四个环节的节点' END AS missing_zh,
    CASE WHEN known_stages < 4 THEN 'nodes of all four stages in the chain reference table' END AS missing_en,
    upstream_zh, upstream_en, midstream_zh, midstream_en, downstream_zh, downstream_en, user_zh, user_en
FROM stages
