SELECT rule, min(reason) AS first_reason, count(*) AS rejected_rows, count(DISTINCT source_file_id) AS source_files
FROM meta.rejected_row
GROUP BY rule
ORDER BY rejected_rows DESC, rule
