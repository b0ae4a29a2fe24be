-- severity: error
-- title_zh: 文件计数与来源记录、隔离记录一致
-- title_en: The counts of a file agree with its source and rejected rows
WITH given AS (
    SELECT
        source_file_id,
        count(*) FILTER (WHERE is_first) AS loaded,
        count(*) FILTER (WHERE NOT is_first) AS duplicate
    FROM core.publication_source
    GROUP BY source_file_id
),
rejected AS (
    SELECT source_file_id, count(DISTINCT row_number) AS quarantined
    FROM meta.rejected_row
    GROUP BY source_file_id
),
agreed AS (
    SELECT
        file.source_file_id,
        file.path,
        file.loaded,
        coalesce(given.loaded, 0) AS loaded_rows,
        file.duplicate,
        coalesce(given.duplicate, 0) AS duplicate_rows,
        file.quarantined,
        coalesce(rejected.quarantined, 0) AS quarantined_rows
    FROM meta.source_file AS file
    LEFT JOIN given ON given.source_file_id = file.source_file_id
    LEFT JOIN rejected ON rejected.source_file_id = file.source_file_id
)
SELECT source_file_id, path, loaded, loaded_rows, duplicate, duplicate_rows, quarantined, quarantined_rows
FROM agreed
WHERE loaded <> loaded_rows OR duplicate <> duplicate_rows OR quarantined <> quarantined_rows
