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
)
SELECT divided.metric, divided.label_level, divided.families, coalesce(counted.families, 0) AS counted_families
FROM divided
LEFT JOIN counted ON counted.label_level = divided.label_level
WHERE divided.families <> coalesce(counted.families, 0)
