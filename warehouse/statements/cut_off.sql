SELECT
    count(*) AS publications,
    count(publication_date) AS dated_publications,
    max(publication_date) FILTER (WHERE publication_date <= CAST($today AS DATE)) AS last_publication_date,
    (
        SELECT max(filing_year) FROM core.application WHERE filing_year <= year(CAST($today AS DATE))
    ) AS last_filing_year
FROM core.publication
