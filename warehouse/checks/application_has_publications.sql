-- severity: error
-- title_zh: 每件申请有公布，且公布数一致
-- title_en: Every application has publications, as many as it says
WITH given AS (
    SELECT application_id, count(*) AS publications FROM core.publication GROUP BY application_id
)
SELECT
    application.application_id,
    application.publications AS publications_stated,
    coalesce(given.publications, 0) AS publications_found
FROM core.application AS application
LEFT JOIN given ON given.application_id = application.application_id
WHERE given.publications IS NULL OR given.publications <> application.publications
