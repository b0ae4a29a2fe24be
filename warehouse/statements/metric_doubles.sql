SELECT table_name, list(column_name ORDER BY column_index) AS measures
FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'metrics' AND data_type = 'DOUBLE'
GROUP BY table_name
ORDER BY table_name
