-- What decides the cut-off date, for every office and (office NULL) for all together.
WITH publication AS (
    SELECT
        office,
        grouping(office) AS is_all,
        count(*) AS publications,
        count(publication_date) AS dated_publications,
        max(publication_date) FILTER (WHERE publication_date <= CAST($today AS DATE)) AS last_publication_date
    FROM core.publication
    GROUP BY GROUPING SETS ((office), ())
),
application AS (
    SELECT
        office,
        grouping(office) AS is_all,
        count(*) AS applications,
        max(filing_year) FILTER (WHERE filing_year <= year(CAST($today AS DATE))) AS last_filing_year
    FROM core.application
    GROUP BY GROUPING SETS ((office), ())
)
SELECT
    publication.office,
    coalesce(application.applications, 0) AS applications,
    publication.publications,
    publication.dated_publications,
    publication.last_publication_date,
    application.last_filing_year
FROM publication
LEFT JOIN application
    ON application.office IS NOT DISTINCT FROM publication.office AND application.is_all = publication.is_all
ORDER BY publication.office NULLS FIRST
