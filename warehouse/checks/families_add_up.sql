-- severity: error
-- title_zh: 按年、按五局布局的同族之和等于计入统计的同族数
-- title_en: Families by year and by offices add up to the counted families
WITH counted AS (
    SELECT label_level, count(DISTINCT family_id) AS families
    FROM metrics.m00_counted_application
    GROUP BY label_level
),
divided AS (
    SELECT 'm53_overseas' AS metric, label_level, sum(families) AS families
    FROM metrics.m53_overseas
    GROUP BY label_level
    UNION ALL
    SELECT 'm39_co_application', label_level, sum(families)
    FROM metrics.m39_co_application
    GROUP BY label_level
    UNION ALL
    SELECT 'm11_ip5_families', label_level, sum(families)
    FROM metrics.m11_ip5_families
    GROUP BY label_level
),
expected AS (
    -- From here and not from the metrics, of which a level without rows would stand for nothing to compare.
    SELECT metric.metric, level.label_level
    FROM (SELECT unnest(['m53_overseas', 'm39_co_application', 'm11_ip5_families']) AS metric) AS metric
    CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS level
)
SELECT
    expected.metric,
    expected.label_level,
    coalesce(divided.families, 0) AS families,
    coalesce(counted.families, 0) AS counted_families
FROM expected
LEFT JOIN divided ON divided.metric = expected.metric AND divided.label_level = expected.label_level
LEFT JOIN counted ON counted.label_level = expected.label_level
WHERE coalesce(divided.families, 0) <> coalesce(counted.families, 0)
