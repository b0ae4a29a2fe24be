-- severity: warning
-- title_zh: 导出文件的列均已识别
-- title_en: Every column of every export is mapped or ignored by name
SELECT path, unmapped_columns
FROM meta.source_file
WHERE len(unmapped_columns) > 0
