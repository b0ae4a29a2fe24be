SELECT started_at, occasion, status, version_key, rows_in, quarantined, problem
FROM meta.run
ORDER BY started_at DESC, run_id
