SELECT metric, title_zh, title_en, question_zh, question_en, figure, grain_zh, grain_en, conventions_zh, conventions_en
FROM meta.metric
ORDER BY metric
