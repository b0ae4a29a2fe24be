-- severity: error
-- title_zh: 申请人次序从 1 连续
-- title_en: Positions of applicants run from 1 without gaps
SELECT application_id, min(position) AS first_position, max(position) AS last_position, count(*) AS applicants
FROM core.application_applicant
GROUP BY application_id
HAVING min(position) <> 1 OR max(position) <> count(*)
