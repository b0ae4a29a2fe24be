-- Labels that an expert's word would teach most about, not yet decided: ties for the primary branch, records without codes whose
-- words speak for a branch, near misses with much evidence. The first of every branch and kind comes before the second of any.
-- Parameters: path of the text store, rows wanted.
WITH decided AS (
    SELECT review_decision.application_id, review_decision.branch
    FROM core.review_decision AS review_decision
    WHERE review_decision.application_id IS NOT NULL
),
core_label AS (
    SELECT
        label.application_id,
        label.branch,
        label.level,
        label.score,
        label.evidence,
        label.score = max(label.score) OVER (PARTITION BY label.application_id) AS is_best
    FROM core.application_branch AS label
    WHERE label.level = 'core'
),
tie AS (
    SELECT core_label.application_id
    FROM core_label
    WHERE core_label.is_best
    GROUP BY core_label.application_id
    HAVING count(*) > 1
),
doubtful AS (
    SELECT core_label.application_id, core_label.branch, core_label.level, core_label.score, core_label.evidence, 'tie' AS doubt
    FROM core_label
    INNER JOIN tie ON tie.application_id = core_label.application_id
    WHERE core_label.is_best
    UNION ALL
    SELECT label.application_id, label.branch, label.level, label.score, label.evidence,
        CASE label.level WHEN 'candidate' THEN 'no_codes' ELSE 'near_miss' END AS doubt
    FROM core.application_branch AS label
    WHERE label.level IN ('candidate', 'related')
),
ranked AS (
    SELECT
        doubtful.application_id,
        doubtful.branch,
        doubtful.level,
        doubtful.score,
        doubtful.evidence,
        doubtful.doubt,
        row_number() OVER (
            PARTITION BY doubtful.branch, doubtful.doubt ORDER BY doubtful.score DESC, doubtful.application_id
        ) AS turn
    FROM doubtful
    ANTI JOIN decided ON decided.application_id = doubtful.application_id AND decided.branch = doubtful.branch
)
SELECT
    application.representative_publication_number AS publication_number,
    ranked.branch,
    branch.title_zh AS branch_zh,
    ranked.doubt,
    ranked.level,
    ranked.score,
    application.title,
    stored.abstract,
    list_aggregate(
        list_transform(ranked.evidence, lambda item: item.value || ' (' || item.field || ')'), 'string_agg', '; '
    ) AS evidence
FROM ranked
INNER JOIN core.application AS application ON application.application_id = ranked.application_id
INNER JOIN core.branch AS branch ON branch.branch = ranked.branch
LEFT JOIN read_parquet($text_store) AS stored
    ON stored.publication_number = application.representative_publication_number
ORDER BY ranked.turn, ranked.branch, ranked.doubt, ranked.application_id
LIMIT $rows
