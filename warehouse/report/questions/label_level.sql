SELECT
    count(*) FILTER (WHERE label_level = 'core') AS core_applications,
    count(*) FILTER (WHERE label_level = 'all') AS all_applications
FROM metrics.m00_counted_application
