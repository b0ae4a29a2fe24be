SELECT node.chain_stage, node.node_id, node.title_zh, node.title_en, node.origin, node.branches, node.note
FROM core.chain_node AS node
ORDER BY
    CASE node.chain_stage WHEN 'upstream' THEN 1 WHEN 'midstream' THEN 2 WHEN 'downstream' THEN 3 ELSE 4 END,
    node.node_id
