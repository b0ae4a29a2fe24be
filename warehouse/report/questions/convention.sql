SELECT metric, title_zh, title_en, question_zh, question_en, figure, grain, conventions
FROM meta.metric
ORDER BY metric
