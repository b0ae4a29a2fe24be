-- severity: warning
-- title_zh: 无文件恰为导出上限的行数
-- title_en: No file has exactly as many records as its tool gives out at most
SELECT path, export, rows_in
FROM meta.source_file
WHERE is_probably_cut_off
