SELECT
    enterprise.enterprise_id,
    enterprise.enterprise_name,
    enterprise.province,
    enterprise.city,
    enterprise.district,
    stage.chain_stage,
    nullif(stage.product, '') AS product,
    enterprise.source
FROM core.enterprise AS enterprise
LEFT JOIN core.enterprise_stage AS stage ON stage.enterprise_id = enterprise.enterprise_id
ORDER BY
    CASE stage.chain_stage WHEN 'upstream' THEN 1 WHEN 'midstream' THEN 2 WHEN 'downstream' THEN 3 WHEN 'user' THEN 4 END
    NULLS LAST,
    enterprise.enterprise_name,
    enterprise.enterprise_id,
    stage.product
