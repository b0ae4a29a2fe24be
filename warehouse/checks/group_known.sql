-- severity: warning
-- title_zh: 集团标识有对应的申请人
-- title_en: Every group stands in the table of applicants
SELECT applicant.group_id, count(*) AS applicants
FROM core.applicant AS applicant
LEFT JOIN core.applicant AS group_row ON group_row.applicant_id = applicant.group_id
WHERE group_row.applicant_id IS NULL
GROUP BY applicant.group_id
