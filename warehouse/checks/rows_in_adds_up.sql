-- severity: error
-- title_zh: 读入行数 = 载入 + 重复 + 隔离 + 空行
-- title_en: rows_in = loaded + duplicate + quarantined + blank
SELECT source_file_id, path, rows_in, loaded, duplicate, quarantined, blank
FROM meta.source_file
WHERE rows_in <> loaded + duplicate + quarantined + blank
