-- seed: 13
-- figure: enterprise_stage
-- title_zh: 关注省龙头企业
-- title_en: Leading enterprises of the focus province
-- sentence_zh: {told_zh}已成为产业链上的龙头企业。
-- sentence_en: {told_en} have become leading enterprises of the chain.
-- otherwise_zh: 省内专利申请居前的企业为{told_zh}。
-- otherwise_en: The companies of the province that file most are {told_en}.
-- condition_zh: 省内企业申请人申请量前五位恰为阿里巴巴、中电海康、阿里云、新华三、网易
-- condition_en: the five companies of the province with most filings are Alibaba, CETHIK, Alibaba Cloud, H3C and NetEase
WITH leader AS (
    SELECT
        list(applicant.applicant_id ORDER BY applicant.applicant_id) AS leaders,
        string_agg(applicant.applicant_name, '、' ORDER BY applicant.rank, applicant.applicant_id) AS told_zh,
        string_agg(coalesce(named.name_en, applicant.applicant_name), '; ' ORDER BY applicant.rank, applicant.applicant_id)
            AS told_en
    FROM metrics.m42_leading_applicant AS applicant
    INNER JOIN metrics.m00_level AS level ON level.label_level = applicant.label_level
    LEFT JOIN core.applicant AS named ON named.applicant_id = applicant.applicant_id
    WHERE applicant.is_leader
)
SELECT
    leaders = ['alibaba', 'aliyun', 'cethik', 'h3c', 'netease'] AS holds,
    array_to_string(leaders, ', ') AS found,
    CASE WHEN leaders IS NULL THEN '本省企业在中国局的申请' END AS missing_zh,
    CASE WHEN leaders IS NULL THEN 'filings of the province''s companies at the Chinese office' END AS missing_en,
    told_zh,
    told_en
FROM leader
