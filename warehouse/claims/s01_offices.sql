-- seed: 1
-- figure: office_ranking
-- title_zh: 五大局受理量次序
-- title_en: Order of the five offices
-- sentence_zh: 受理量居前五位的专利局依次为{told_zh}。
-- sentence_en: The offices with most filings are, in this order, {told_en}.
-- otherwise_zh: 受理量居前列的专利局依次为{told_zh}。
-- otherwise_en: The offices that lead by filings are {told_en}.
-- condition_zh: 计入排名的局中前五名依次为中国、美国、日本、韩国、欧洲，且互不并列
-- condition_en: the first five ranked offices are CN, US, JP, KR, EP in this order, without ties
WITH leading_office AS (
    SELECT ranking.office, ranking.office_zh, ranking.office_en, ranking.rank, ranking.applications
    FROM metrics.m03_office_ranking AS ranking
    INNER JOIN metrics.m00_level AS level ON level.label_level = ranking.label_level
    WHERE ranking.rank <= 5
),
told AS (
    SELECT
        list(office ORDER BY rank, office) AS offices,
        count(DISTINCT rank) AS ranks,
        string_agg(concat(office_zh, '（', format('{:,}', applications), ' 件）'), '、' ORDER BY rank, office) AS told_zh,
        string_agg(concat(office_en, ' (', format('{:,}', applications), ')'), ', ' ORDER BY rank, office) AS told_en
    FROM leading_office
)
SELECT
    offices = ['CN', 'US', 'JP', 'KR', 'EP'] AND ranks = 5 AS holds,
    array_to_string(offices, ' > ') AS found,
    CASE WHEN offices IS NULL THEN '计入排名的受理局的申请' END AS missing_zh,
    CASE WHEN offices IS NULL THEN 'filings at ranked offices' END AS missing_en,
    told_zh,
    told_en
FROM told
