-- Filings drawn by lot for experts to label: the first of every branch and level, and of those without any label (designs
-- left out), in an order that the seed and nothing else decides. `members` is the size of the stratum, for whoever weighs the sample.
-- Parameters: seed, filings wanted per stratum.
WITH label AS (
    SELECT application_branch.application_id, application_branch.branch, application_branch.level
    FROM core.application_branch AS application_branch
    UNION ALL
    SELECT application.application_id, NULL AS branch, NULL AS level
    FROM core.application AS application
    ANTI JOIN core.application_branch AS labelled ON labelled.application_id = application.application_id
    WHERE application.patent_type IS DISTINCT FROM 'design'
),
ranked AS (
    SELECT
        label.branch,
        label.level,
        label.application_id,
        count(*) OVER stratum AS members,
        row_number() OVER (
            stratum ORDER BY md5(concat_ws('|', $seed, label.branch, label.application_id)), label.application_id
        ) AS turn
    FROM label
    WINDOW stratum AS (PARTITION BY label.branch, label.level)
)
SELECT ranked.branch, ranked.level, ranked.application_id, ranked.members
FROM ranked
WHERE ranked.turn <= $rows
ORDER BY ranked.branch NULLS LAST, ranked.level, ranked.turn
