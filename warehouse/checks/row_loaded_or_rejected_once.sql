-- severity: error
-- title_zh: 同一行不会既载入又隔离
-- title_en: No row is both loaded and set aside
SELECT DISTINCT given.source_file_id, given.row_number, given.publication_number
FROM core.publication_source AS given
INNER JOIN meta.rejected_row AS rejected
    ON rejected.source_file_id = given.source_file_id AND rejected.row_number = given.row_number
