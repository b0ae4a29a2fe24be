-- Filings as the classifier sees them: title, first abstract and claims by date of publication, symbols in their order.
-- Parameters: application ids (null: all filings), path of the text store.
WITH filing AS (
    SELECT application.application_id, application.representative_publication_number, application.title
    FROM core.application AS application
    WHERE $application_ids IS NULL
        OR application.application_id IN (SELECT unnest(CAST($application_ids AS VARCHAR[])))
),
text AS (
    SELECT
        filing.application_id,
        first(stored.abstract ORDER BY publication.publication_date NULLS LAST, publication.publication_number)
            FILTER (stored.abstract IS NOT NULL) AS abstract,
        first(stored.claims ORDER BY publication.publication_date NULLS LAST, publication.publication_number)
            FILTER (stored.claims IS NOT NULL) AS claims
    FROM filing
    INNER JOIN core.publication AS publication ON publication.application_id = filing.application_id
    INNER JOIN read_parquet($text_store) AS stored ON stored.publication_number = publication.publication_number
    GROUP BY filing.application_id
),
symbol AS (
    SELECT
        filing.application_id,
        list(application_symbol.symbol ORDER BY application_symbol.position)
            FILTER (application_symbol.scheme = 'IPC') AS ipc_symbols,
        list(application_symbol.symbol ORDER BY application_symbol.position)
            FILTER (application_symbol.scheme = 'CPC') AS cpc_symbols
    FROM filing
    INNER JOIN core.application_symbol AS application_symbol
        ON application_symbol.application_id = filing.application_id
    GROUP BY filing.application_id
)
SELECT
    filing.application_id,
    filing.representative_publication_number AS publication_number,
    filing.title,
    text.abstract,
    text.claims,
    symbol.ipc_symbols,
    symbol.cpc_symbols
FROM filing
LEFT JOIN text ON text.application_id = filing.application_id
LEFT JOIN symbol ON symbol.application_id = filing.application_id
ORDER BY filing.application_id
