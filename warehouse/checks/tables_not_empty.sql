-- severity: error
-- title_zh: 核心表不为空
-- title_en: No core table is empty
SELECT stocked.table_name, stocked.rows
FROM (
    SELECT 'core.publication' AS table_name, count(*) AS rows FROM core.publication
    UNION ALL
    SELECT 'core.application', count(*) FROM core.application
    UNION ALL
    SELECT 'core.family', count(*) FROM core.family
    UNION ALL
    SELECT 'core.publication_source', count(*) FROM core.publication_source
    UNION ALL
    SELECT 'core.branch', count(*) FROM core.branch
    UNION ALL
    SELECT 'core.office', count(*) FROM core.office
    UNION ALL
    SELECT 'core.region', count(*) FROM core.region
    UNION ALL
    SELECT 'meta.source_file', count(*) FROM meta.source_file
) AS stocked
WHERE stocked.rows = 0
