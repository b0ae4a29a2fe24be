-- severity: warning
-- title_zh: 各来源各年的字段填充率不低于预期（该文件含此字段、当年不少于 20 条）
-- title_en: In every year of a file, of 20 records or more, the fields that it has are filled as far as is expected
SELECT
    file.path,
    coverage.field,
    coverage.coverage_year,
    coverage.coverage_records,
    coverage.covered_records,
    coverage.expected_share
FROM meta.field_coverage AS coverage
INNER JOIN meta.source_file AS file ON file.source_file_id = coverage.source_file_id
WHERE coverage.coverage_records >= 20
    AND coverage.covered_records < coverage.expected_share * coverage.coverage_records
    AND EXISTS (
        SELECT 1
        FROM meta.field_coverage AS of_file
        WHERE of_file.source_file_id = coverage.source_file_id
            AND of_file.field = coverage.field
            AND of_file.covered_records > 0
    )
