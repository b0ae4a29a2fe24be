-- severity: error
-- title_zh: 申请趋势之和等于计入统计且有申请年的申请数
-- title_en: The trend adds up to the counted applications with a filing year
WITH trend AS (
    SELECT label_level, sum(applications) AS applications
    FROM metrics.m01_filing_trend
    WHERE area = 'all' AND patent_type = 'all'
    GROUP BY label_level
),
counted AS (
    SELECT label_level, count(*) AS applications
    FROM metrics.m00_counted_application
    WHERE filing_year IS NOT NULL
    GROUP BY label_level
)
SELECT
    counted.label_level,
    counted.applications AS counted_applications,
    coalesce(trend.applications, 0) AS trend_applications
FROM counted
LEFT JOIN trend ON trend.label_level = counted.label_level
WHERE counted.applications <> coalesce(trend.applications, 0)
