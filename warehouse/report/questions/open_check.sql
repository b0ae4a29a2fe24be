SELECT check_id, severity, title_zh, title_en, offending_rows, first_rows
FROM meta.check
WHERE NOT is_passed
ORDER BY severity, check_id
