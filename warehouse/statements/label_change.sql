-- Core labels that one version has and the other has not, per branch and by cause. A filing that stands in one of them alone is
-- 'filing new' or 'filing gone'. Where both hold it: 'decision' where an expert's decision on it came, went or changed,
-- 'rules changed' where the branch is new, gone or of another version, else 'record changed'. A version built before branches
-- carried theirs tells no more than 'labelled anew'; a column that it lacks is read as null by way of JSON.
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
),
before_branch AS (
    SELECT node.branch, node.title_zh, to_json(node) ->> 'branch_version' AS version FROM earlier.core.branch AS node
),
after_branch AS (
    SELECT node.branch, node.title_zh, to_json(node) ->> 'branch_version' AS version FROM later.core.branch AS node
),
before_decision AS (
    SELECT decided.application_id, decided.branch, max_by(decided.decision, decided.decision_date) AS decision
    FROM earlier.core.review_decision AS decided
    GROUP BY decided.application_id, decided.branch
),
after_decision AS (
    SELECT decided.application_id, decided.branch, max_by(decided.decision, decided.decision_date) AS decision
    FROM later.core.review_decision AS decided
    GROUP BY decided.application_id, decided.branch
)
SELECT
    moved.branch,
    coalesce(after_branch.title_zh, before_branch.title_zh) AS title_zh,
    moved.change,
    CASE
        WHEN was.application_id IS NULL THEN 'filing new'
        WHEN now.application_id IS NULL THEN 'filing gone'
        WHEN before_decision.decision IS DISTINCT FROM after_decision.decision THEN 'decision'
        WHEN before_branch.branch IS NULL OR after_branch.branch IS NULL THEN 'rules changed'
        WHEN before_branch.version IS NULL OR after_branch.version IS NULL THEN 'labelled anew'
        WHEN before_branch.version <> after_branch.version THEN 'rules changed'
        ELSE 'record changed'
    END AS cause,
    count(*) AS applications,
    list(moved.application_id ORDER BY moved.application_id)[1:3] AS examples
FROM moved
LEFT JOIN earlier.core.application AS was ON was.application_id = moved.application_id
LEFT JOIN later.core.application AS now ON now.application_id = moved.application_id
LEFT JOIN before_branch ON before_branch.branch = moved.branch
LEFT JOIN after_branch ON after_branch.branch = moved.branch
LEFT JOIN before_decision
    ON before_decision.application_id = moved.application_id AND before_decision.branch = moved.branch
LEFT JOIN after_decision
    ON after_decision.application_id = moved.application_id AND after_decision.branch = moved.branch
GROUP BY ALL
ORDER BY moved.branch, moved.change, cause
