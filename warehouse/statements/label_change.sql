-- Core labels that one version has and the other has not, per branch, and for filings that both versions hold why they moved:
-- 'labelled anew' where the filing stands in both, 'filing new' or 'filing gone' where it stands in one.
WITH before_label AS (
    SELECT label.branch, label.application_id FROM earlier.core.application_branch AS label WHERE label.level = 'core'
),
after_label AS (
    SELECT label.branch, label.application_id FROM later.core.application_branch AS label WHERE label.level = 'core'
),
moved AS (
    SELECT
        coalesce(after_label.branch, before_label.branch) AS branch,
        coalesce(after_label.application_id, before_label.application_id) AS application_id,
        CASE WHEN before_label.branch IS NULL THEN 'gained' ELSE 'lost' END AS change
    FROM after_label
    FULL JOIN before_label
        ON before_label.branch = after_label.branch AND before_label.application_id = after_label.application_id
    WHERE before_label.branch IS NULL OR after_label.branch IS NULL
)
SELECT
    moved.branch,
    moved.change,
    CASE
        WHEN was.application_id IS NULL THEN 'filing new'
        WHEN now.application_id IS NULL THEN 'filing gone'
        ELSE 'labelled anew'
    END AS cause,
    count(*) AS applications,
    list(moved.application_id ORDER BY moved.application_id)[1:3] AS examples
FROM moved
LEFT JOIN earlier.core.application AS was ON was.application_id = moved.application_id
LEFT JOIN later.core.application AS now ON now.application_id = moved.application_id
GROUP BY ALL
ORDER BY moved.branch, moved.change, cause
