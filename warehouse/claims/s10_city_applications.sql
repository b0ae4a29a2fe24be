-- seed: 10
-- figure: city_share
-- title_zh: 关注市专利占全省之比
-- title_en: Share of the focus city in the province's filings
-- sentence_zh: {city_zh}的专利申请占全省 {per_cent}%，高度集聚。
-- sentence_en: {city_en} files {per_cent}% of the province's applications: highly concentrated.
-- otherwise_zh: {city_zh}的专利申请占全省 {share:.1%}。
-- otherwise_en: {city_en} files {share:.1%} of the province's applications.
-- condition_zh: 占比四舍五入到百分点为 75%，未知地市计入分母
-- condition_en: 75 % when rounded to whole per cents, filings of unknown city in the denominator
WITH focus AS (
    SELECT
        city.city_name AS city_zh,
        coalesce(region.name_en, city.city_name) AS city_en,
        city.share,
        -- Rounded once: of halves the sentence would round some down.
        CAST(round(100 * city.share) AS INTEGER) AS per_cent
    FROM metrics.m33_city_share AS city
    INNER JOIN metrics.m00_level AS level ON level.label_level = city.label_level
    LEFT JOIN core.region AS region ON region.region_code = city.city_code
    WHERE city.is_focus_city
)
SELECT
    per_cent = 75 AS holds,
    format('{:.4f}', share) AS found,
    CASE WHEN share IS NULL THEN '关注省各地市在中国局的申请' END AS missing_zh,
    CASE WHEN share IS NULL THEN 'filings of the province''s cities at the Chinese office' END AS missing_en,
    city_zh,
    city_en,
    share,
    per_cent
FROM focus
