-- severity: error
-- title_zh: 全部计入不少于第一申请人计入
-- title_en: Whole credit is at least first credit
SELECT
    first_credit.label_level,
    first_credit.group_id,
    first_credit.applications AS first_applications,
    coalesce(whole.applications, 0) AS whole_applications
FROM metrics.m08_applicant_ranking AS first_credit
LEFT JOIN metrics.m08_applicant_ranking AS whole
    ON whole.label_level = first_credit.label_level
    AND whole.unit = first_credit.unit
    AND whole.credit = 'whole'
    AND whole.group_id = first_credit.group_id
WHERE
    first_credit.credit = 'first'
    AND first_credit.unit = 'application'
    AND first_credit.group_id IS NOT NULL
    AND coalesce(whole.applications, 0) < first_credit.applications
