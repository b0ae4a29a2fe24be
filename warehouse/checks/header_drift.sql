-- severity: warning
-- title_zh: 表头与工具已知写法一致（自加列另见 unmapped_columns）
-- title_en: Headers are as the tools are known to write them: no column missing or renamed
SELECT path, export, header_drift
FROM meta.source_file
WHERE len(list_filter(header_drift, lambda told: NOT starts_with(told, 'new: '))) > 0
