-- severity: error
-- title_zh: 每件公布恰有一行首次来源，且与公布所载一致
-- title_en: Every publication has exactly one first row, the one it names
WITH first_row AS (
    SELECT
        publication_number,
        count(*) AS first_rows,
        any_value(source_file_id) AS source_file_id,
        any_value(row_number) AS row_number
    FROM core.publication_source
    WHERE is_first
    GROUP BY publication_number
)
SELECT publication.publication_number, coalesce(first_row.first_rows, 0) AS first_rows
FROM core.publication AS publication
LEFT JOIN first_row ON first_row.publication_number = publication.publication_number
WHERE
    first_row.first_rows IS DISTINCT FROM 1
    OR first_row.source_file_id IS DISTINCT FROM publication.source_file_id
    OR first_row.row_number IS DISTINCT FROM publication.row_number
