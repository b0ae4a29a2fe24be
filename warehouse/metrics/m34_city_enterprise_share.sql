-- title_zh: 地市企业占比
-- title_en: Share of cities in the focus province's enterprises
-- question_zh: 关注省内各地市有多少家企业，占全省多少？
-- question_en: How many of the focus province's registered enterprises sit in each of its cities?
-- figure: 8
-- grain_zh: 关注省的地市（或未知）
-- grain_en: city of the focus province (or unknown)
-- conventions_zh: 企业名录中的企业，按注册地，不论占几个环节都计一次；名录没有标签，故 label_level 恒为 all；
--   名录未写明或无法得知地市者单独成行、不排名，但计入分母；数量相同者名次并列
-- conventions_en: distinct enterprises of the reference register by their registered seat, each once however many
--   chain stages it has; the register carries no labels, so that label_level is always 'all'; a city that the
--   register does not name or that is not known stands as its own row without rank, in the denominator; ties share a
--   rank
-- column city_code: 地市代码，空为未知 / City, GB/T 2260, empty for unknown
-- column city_name: 地市名称 / Name of the city
-- column is_focus_city: 是否关注地市，未知者恒否 / Whether it is the focus city, never of the unknown one
-- column enterprises: 企业数（家） / Enterprises
-- column share: 占全省之比 / Share of the province
-- column rank: 排名 / Rank
-- column label_level: 标签口径，恒为 all / Label level, always all
WITH build AS (
    SELECT last_complete_year, focus_province_code, focus_city_code FROM meta.build
),
registered AS (
    SELECT enterprise.city_code, count(*) AS enterprises
    FROM core.enterprise AS enterprise
    INNER JOIN build ON build.focus_province_code = enterprise.province_code
    GROUP BY enterprise.city_code
),
city AS (
    SELECT region.region_code AS city_code
    FROM core.region AS region
    INNER JOIN build ON build.focus_province_code = region.parent_code
    WHERE region.region_level = 'city' AND region.region_status = 'current'
    UNION
    SELECT city_code FROM registered
    UNION
    SELECT CAST(NULL AS VARCHAR)
),
placed AS (
    SELECT
        city.city_code,
        CASE
            WHEN city.city_code IS NULL THEN '未知'
            ELSE coalesce(region.short_name, city.city_code)
        END AS city_name,
        coalesce(registered.enterprises, 0) AS enterprises
    FROM city
    LEFT JOIN registered ON registered.city_code IS NOT DISTINCT FROM city.city_code
    LEFT JOIN core.region AS region ON region.region_code = city.city_code
)
SELECT
    placed.city_code,
    placed.city_name,
    coalesce(placed.city_code = build.focus_city_code, false) AS is_focus_city,
    CAST(placed.enterprises AS BIGINT) AS enterprises,
    CAST(placed.enterprises AS DOUBLE) / CAST(nullif(sum(placed.enterprises) OVER (), 0) AS DOUBLE) AS share,
    CASE
        WHEN
            placed.city_code IS NOT NULL
            AND max(placed.enterprises) OVER (PARTITION BY placed.city_code IS NULL) > 0
        THEN
            CAST(rank() OVER (PARTITION BY placed.city_code IS NULL ORDER BY placed.enterprises DESC) AS INTEGER)
    END AS rank,
    'enterprise' AS unit,
    'not_applied' AS date_basis,
    'not_applied' AS credit,
    'registered_seat' AS place_rule,
    'not_applied' AS patent_types,
    'all' AS label_level,
    build.last_complete_year
FROM placed
CROSS JOIN build
