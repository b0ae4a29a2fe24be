SELECT source, files, arrived_at, data_until, stale_after_days
FROM meta.source_freshness
ORDER BY source
