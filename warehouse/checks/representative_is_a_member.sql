-- severity: error
-- title_zh: 代表公布、代表申请属于本申请、本同族
-- title_en: A representative belongs to what it represents
SELECT 'core.application' AS table_name, application.application_id AS id
FROM core.application AS application
INNER JOIN core.publication AS publication
    ON publication.publication_number = application.representative_publication_number
WHERE publication.application_id <> application.application_id
UNION ALL
SELECT 'core.family', family.family_id
FROM core.family AS family
INNER JOIN core.application AS application ON application.application_id = family.representative_application_id
WHERE application.family_id <> family.family_id
