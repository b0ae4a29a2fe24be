SELECT metric, title_zh, title_en, conventions, sql FROM meta.metric ORDER BY metric
