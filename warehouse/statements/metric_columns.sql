-- Every column of every metric with its type, whether the metrics are tables or, as in older versions, views.
SELECT listed.table_name AS metric, listed.column_name, listed.data_type
FROM duckdb_columns() AS listed
WHERE listed.database_name = current_database() AND listed.schema_name = 'metrics'
ORDER BY listed.table_name, listed.column_index
