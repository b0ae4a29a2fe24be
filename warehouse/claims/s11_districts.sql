-- seed: 11
-- figure: district_applications
-- title_zh: 关注市内的集聚区
-- title_en: Where in the focus city
-- sentence_zh: {city_zh}市内主要集聚于{told_zh}，三区合占全市专利的 {share:.0%}。
-- sentence_en: Within {city_en} the field gathers in {told_en}, which hold {share:.0%} of the city's filings.
-- otherwise_zh: {city_zh}市内申请居前三位的是{told_zh}，合占全市专利的 {share:.0%}。
-- otherwise_en: Within {city_en} the three districts with most filings are {told_en}, with {share:.0%} of the city's filings.
-- condition_zh: 专利与企业（如有名录）居前三位的区都恰为滨江区、西湖区、余杭区
-- condition_en: the first three districts are Binjiang, Xihu and Yuhang, by filings and, where there is a register, by enterprises
WITH ranked AS (
    SELECT
        district.population,
        district.district_code,
        district.district_name,
        coalesce(region.name_en, district.district_name) AS district_en,
        district.share,
        coalesce(district.applications, district.enterprises) AS members,
        row_number() OVER (
            PARTITION BY district.population
            ORDER BY coalesce(district.applications, district.enterprises) DESC, district.district_code
        ) AS place
    FROM metrics.m35_district_distribution AS district
    CROSS JOIN metrics.m00_level AS level
    LEFT JOIN core.region AS region ON region.region_code = district.district_code
    WHERE
        district.rank IS NOT NULL
        AND (district.population = 'enterprises' OR district.label_level = level.label_level)
),
first_three AS (
    SELECT
        list(district_code ORDER BY district_code) FILTER (WHERE population = 'applications') AS by_applications,
        list(district_code ORDER BY district_code) FILTER (WHERE population = 'enterprises') AS by_enterprises,
        string_agg(district_name, '、' ORDER BY place) FILTER (WHERE population = 'applications') AS told_zh,
        string_agg(district_en, ', ' ORDER BY place) FILTER (WHERE population = 'applications') AS told_en,
        sum(share) FILTER (WHERE population = 'applications') AS share
    FROM ranked
    WHERE place <= 3 AND members > 0
),
city AS (
    SELECT any_value(city.city_name) AS city_zh, any_value(coalesce(region.name_en, city.city_name)) AS city_en
    FROM metrics.m33_city_share AS city
    LEFT JOIN core.region AS region ON region.region_code = city.city_code
    WHERE city.is_focus_city
)
SELECT
    by_applications = ['330106', '330108', '330110']
    AND coalesce(by_enterprises, by_applications) = ['330106', '330108', '330110'] AS holds,
    concat(array_to_string(by_applications, ', '), '; ', array_to_string(by_enterprises, ', ')) AS found,
    CASE WHEN by_applications IS NULL THEN '关注市的申请及其区县' END AS missing_zh,
    CASE WHEN by_applications IS NULL THEN 'filings of the focus city with their districts' END AS missing_en,
    city.city_zh,
    city.city_en,
    first_three.told_zh,
    first_three.told_en,
    first_three.share
FROM first_three
CROSS JOIN city
