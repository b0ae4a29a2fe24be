-- severity: error
-- title_zh: 一件申请的分数之和为 1
-- title_en: The fractions of an application sum to 1
SELECT application_id, sum(fraction) AS fractions
FROM core.application_applicant
GROUP BY application_id
HAVING abs(sum(fraction) - 1) > 1e-9
