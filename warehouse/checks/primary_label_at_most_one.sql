-- severity: error
-- title_zh: 每件申请至多一个主分支
-- title_en: At most one primary label per application
SELECT application_id, count(*) AS primary_labels
FROM core.application_branch
WHERE is_primary
GROUP BY application_id
HAVING count(*) > 1
