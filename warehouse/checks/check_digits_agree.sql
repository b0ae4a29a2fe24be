-- severity: warning
-- title_zh: 申请号校验位与号码相符
-- title_en: The check digits of application numbers agree with the numbers
SELECT publication_number, application_number, application_number_original, application_number_doubt
FROM core.publication
WHERE application_number_doubt IS NOT NULL
