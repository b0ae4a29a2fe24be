SELECT schema_name, table_name
FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal AND schema_name <> 'metrics'
ORDER BY schema_name, table_name
