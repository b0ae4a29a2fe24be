SELECT table_name, column_name
FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'metrics' AND data_type = 'DOUBLE'
ORDER BY table_name, column_name
