WITH described AS (
    SELECT schema_name, table_name AS name, 'table' AS kind, comment
    FROM duckdb_tables()
    WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT schema_name, view_name, 'view', comment
    FROM duckdb_views()
    WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT schema_name, function_name, 'macro', comment
    FROM duckdb_functions()
    WHERE database_name = current_database() AND function_type = 'table_macro' AND NOT internal
)
SELECT
    described.schema_name,
    described.name,
    described.kind,
    CAST(NULL AS VARCHAR) AS column_name,
    CAST(NULL AS VARCHAR) AS data_type,
    described.comment,
    0 AS place
FROM described
UNION ALL
SELECT
    described.schema_name,
    described.name,
    described.kind,
    listed.column_name,
    listed.data_type,
    listed.comment,
    listed.column_index
FROM described
INNER JOIN duckdb_columns() AS listed
    ON listed.database_name = current_database()
    AND listed.schema_name = described.schema_name
    AND listed.table_name = described.name
UNION ALL
SELECT
    macro.schema_name,
    macro.function_name,
    'macro',
    unnest(macro.parameters),
    'parameter',
    CAST(NULL AS VARCHAR),
    generate_subscripts(macro.parameters, 1)
FROM duckdb_functions() AS macro
WHERE macro.database_name = current_database() AND macro.function_type = 'table_macro' AND NOT macro.internal
ORDER BY schema_name, name, place
