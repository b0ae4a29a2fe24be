-- severity: warning
-- title_zh: 单元格更正均找到其所指的单元格
-- title_en: Every repair of a cell finds the cell that it names
SELECT corrected_file, row_number, column_header, field_value, reviewer
FROM meta.row_correction
WHERE NOT is_applied
