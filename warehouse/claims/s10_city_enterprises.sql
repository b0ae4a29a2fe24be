-- seed: 10
-- figure: city_enterprise_share
-- title_zh: 关注市企业占全省之比
-- title_en: Share of the focus city in the province's enterprises
-- sentence_zh: {city_zh}的相关企业占全省 {per_cent}%。
-- sentence_en: {city_en} has {per_cent}% of the province's enterprises of the field.
-- otherwise_zh: {city_zh}的相关企业占全省 {share:.1%}（企业名录共 {enterprises} 家）。
-- otherwise_en: {city_en} has {share:.1%} of the province's enterprises of the field ({enterprises} in the register).
-- condition_zh: 占比四舍五入到百分点为 64%，且名录中该省企业不少于 10 家
-- condition_en: 64 % when rounded to whole per cents, of a register with at least 10 enterprises of the province
WITH province AS (
    SELECT sum(enterprises) AS enterprises FROM metrics.m34_city_enterprise_share
),
focus AS (
    SELECT
        city.city_name AS city_zh,
        coalesce(region.name_en, city.city_name) AS city_en,
        city.share,
        -- Rounded once: of halves the sentence would round some down.
        CAST(round(100 * city.share) AS INTEGER) AS per_cent
    FROM metrics.m34_city_enterprise_share AS city
    LEFT JOIN core.region AS region ON region.region_code = city.city_code
    WHERE city.is_focus_city
)
SELECT
    focus.per_cent = 64 AS holds,
    format('{:.4f} of {}', focus.share, province.enterprises) AS found,
    CASE WHEN coalesce(province.enterprises, 0) < 10 THEN '企业名录（reference/enterprise.csv，至少 10 家本省企业）' END
        AS missing_zh,
    CASE
        WHEN coalesce(province.enterprises, 0) < 10
        THEN 'an enterprise register (reference/enterprise.csv) with at least 10 enterprises of the province'
    END AS missing_en,
    focus.city_zh,
    focus.city_en,
    focus.share,
    focus.per_cent,
    province.enterprises
FROM focus
CROSS JOIN province
