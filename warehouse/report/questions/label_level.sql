SELECT
    level.label_level,
    count(*) FILTER (WHERE counted.label_level = 'core') AS core_applications,
    count(*) FILTER (WHERE counted.label_level = 'all') AS all_applications
FROM metrics.m00_level AS level
LEFT JOIN metrics.m00_counted_application AS counted ON true
GROUP BY level.label_level
