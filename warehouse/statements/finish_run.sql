UPDATE meta.run SET
    finished_at = $finished_at,
    status = $status,
    rows = $rows,
    rows_in = (SELECT sum(rows_in) FROM meta.source_file),
    quarantined = (SELECT sum(quarantined) FROM meta.source_file)
WHERE run_id = $run_id
