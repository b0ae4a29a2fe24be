SELECT path, export, status, reason, rows_in, unmapped_columns, bytes, sha256
FROM meta.source_file
ORDER BY path, source_file_id
