-- severity: warning
-- title_zh: 字段填充率没有在某一年骤降（低于该文件其他年份的一半）
-- title_en: In no year of a file, of 20 records or more, is a field filled less than half as far as in its other years
WITH compared AS (
    SELECT
        source_file_id,
        field,
        coverage_year,
        coverage_records,
        covered_records,
        sum(coverage_records) OVER of_file - coverage_records AS other_records,
        sum(covered_records) OVER of_file - covered_records AS other_covered
    FROM meta.field_coverage
    WINDOW of_file AS (PARTITION BY source_file_id, field)
)

SELECT
    file.path,
    compared.field,
    compared.coverage_year,
    compared.coverage_records,
    compared.covered_records,
    compared.other_records,
    compared.other_covered
FROM compared
INNER JOIN meta.source_file AS file ON file.source_file_id = compared.source_file_id
WHERE compared.coverage_records >= 20
    AND compared.other_records >= 20
    AND compared.other_covered >= 0.6 * compared.other_records
    AND compared.covered_records * compared.other_records < 0.5 * compared.other_covered * compared.coverage_records
