-- severity: error
-- title_zh: 每项同族有申请，且申请数一致
-- title_en: Every family has applications, as many as it says
WITH given AS (
    SELECT family_id, count(*) AS applications FROM core.application GROUP BY family_id
)
SELECT
    family.family_id,
    family.applications AS applications_stated,
    coalesce(given.applications, 0) AS applications_found
FROM core.family AS family
LEFT JOIN given ON given.family_id = family.family_id
WHERE given.applications IS NULL OR given.applications <> family.applications
