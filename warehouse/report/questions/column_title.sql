SELECT schema_name || '.' || table_name AS relation, column_name, comment
FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name IN ('core', 'meta', 'metrics') AND comment IS NOT NULL
ORDER BY relation, column_index
