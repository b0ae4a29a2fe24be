-- severity: warning
-- title_zh: 至少一件计入统计的申请有核心标签
-- title_en: Some counted application has a core label
SELECT tally.counted_applications, tally.core_applications
FROM (
    SELECT
        count(*) FILTER (WHERE label_level = 'all') AS counted_applications,
        count(*) FILTER (WHERE label_level = 'core') AS core_applications
    FROM metrics.m00_counted_application
) AS tally
WHERE tally.core_applications = 0
