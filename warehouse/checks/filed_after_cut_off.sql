-- severity: warning
-- title_zh: 申请年不晚于数据截止年
-- title_en: No application is filed after the cut-off year
SELECT application.filing_year, count(*) AS applications
FROM core.application AS application
CROSS JOIN meta.build AS build
WHERE application.filing_year > year(build.cut_off_date)
GROUP BY application.filing_year
