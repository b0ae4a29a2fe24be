DELETE FROM meta.metric
