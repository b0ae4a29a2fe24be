-- severity: error
-- title_zh: 省份排名之和等于中国局申请数
-- title_en: The provinces add up to the applications at the Chinese office
WITH ranked AS (
    SELECT label_level, sum(applications) AS applications FROM metrics.m04_province_ranking GROUP BY label_level
),
counted AS (
    SELECT label_level, count(*) AS applications
    FROM metrics.m00_counted_application
    WHERE office = 'CN'
    GROUP BY label_level
)
SELECT
    counted.label_level,
    counted.applications AS counted_applications,
    coalesce(ranked.applications, 0) AS province_applications
FROM counted
LEFT JOIN ranked ON ranked.label_level = counted.label_level
WHERE counted.applications <> coalesce(ranked.applications, 0)
