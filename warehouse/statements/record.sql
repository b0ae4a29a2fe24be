-- One filing as the classifier sees it: title, first abstract and claims by date of publication, symbols in their order.
-- taxonomy_version is that of the labels it has. Parameters: publication number, path of the text store.
WITH filing AS (
    SELECT application.application_id, application.title
    FROM core.publication AS publication
    INNER JOIN core.application AS application ON application.application_id = publication.application_id
    WHERE publication.publication_number = $publication_number
),
document AS (
    SELECT publication.publication_number, publication.publication_date
    FROM core.publication AS publication
    INNER JOIN filing ON filing.application_id = publication.application_id
),
text AS (
    SELECT
        first(stored.abstract ORDER BY document.publication_date NULLS LAST, document.publication_number)
            FILTER (stored.abstract IS NOT NULL) AS abstract,
        first(stored.claims ORDER BY document.publication_date NULLS LAST, document.publication_number)
            FILTER (stored.claims IS NOT NULL) AS claims
    FROM document
    INNER JOIN read_parquet($text_store) AS stored ON stored.publication_number = document.publication_number
),
symbol AS (
    SELECT
        list(application_symbol.symbol ORDER BY application_symbol.position)
            FILTER (application_symbol.scheme = 'IPC') AS ipc_symbols,
        list(application_symbol.symbol ORDER BY application_symbol.position)
            FILTER (application_symbol.scheme = 'CPC') AS cpc_symbols
    FROM core.application_symbol AS application_symbol
    INNER JOIN filing ON filing.application_id = application_symbol.application_id
)
SELECT
    filing.application_id,
    filing.title,
    text.abstract,
    text.claims,
    symbol.ipc_symbols,
    symbol.cpc_symbols,
    build.taxonomy_version
FROM filing
CROSS JOIN text
CROSS JOIN symbol
CROSS JOIN meta.build AS build
