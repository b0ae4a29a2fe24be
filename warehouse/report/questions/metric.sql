SELECT metric, title_zh, title_en, conventions_zh, conventions_en, sql FROM meta.metric ORDER BY metric
