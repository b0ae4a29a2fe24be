-- title_zh: 地市专利占比
-- title_en: Share of cities in the focus province
-- question_zh: 关注省内各地市申请多少件，占全省多少？
-- question_en: How many of the focus province's applications come from each of its cities?
-- figure: none; the text's share of the focus city in the province
-- grain_zh: 关注省的地市（或未知）与标签口径
-- grain_en: city of the focus province (or unknown) and label level
-- conventions_zh: 全部年份的中国局申请，第一申请人在关注省；地市未知者单独成行、不排名，但计入分母；没有申请的地市记 0；
--   数量相同者名次并列；都没有申请时不排名
-- conventions_en: applications of all years at the Chinese office whose first applicant sits in the focus province; a
--   city that is not known stands as its own row without rank, in the denominator; cities without filings stand with
--   0; ties share a rank; where nobody filed nobody is ranked
-- column city_code: 地市代码，空为未知 / City, GB/T 2260, empty for unknown
-- column city_name: 地市名称 / Name of the city
-- column is_focus_city: 是否关注地市，未知者恒否 / Whether it is the focus city, never of the unknown one
-- column applications: 申请量（件） / Applications
-- column share: 占全省之比 / Share of the province
-- column rank: 排名 / Rank
WITH build AS (
    SELECT last_complete_year, focus_province_code, focus_city_code FROM meta.build
),
filed AS (
    SELECT counted.label_level, counted.city_code, count(*) AS applications
    FROM metrics.m00_counted_application AS counted
    INNER JOIN build ON build.focus_province_code = counted.province_code
    WHERE counted.office = 'CN'
    GROUP BY counted.label_level, counted.city_code
),
city AS (
    SELECT region.region_code AS city_code
    FROM core.region AS region
    INNER JOIN build ON build.focus_province_code = region.parent_code
    WHERE region.region_level = 'city' AND region.region_status = 'current'
    UNION
    SELECT city_code FROM filed
    UNION
    SELECT CAST(NULL AS VARCHAR)
),
label_level AS (
    SELECT 'core' AS label_level
    UNION ALL
    SELECT 'all' AS label_level
),
placed AS (
    SELECT
        label_level.label_level,
        city.city_code,
        CASE
            WHEN city.city_code IS NULL THEN '未知'
            ELSE coalesce(region.short_name, city.city_code)
        END AS city_name,
        coalesce(filed.applications, 0) AS applications
    FROM city
    CROSS JOIN label_level
    LEFT JOIN filed
        ON filed.label_level = label_level.label_level AND filed.city_code IS NOT DISTINCT FROM city.city_code
    LEFT JOIN core.region AS region ON region.region_code = city.city_code
)
SELECT
    placed.city_code,
    placed.city_name,
    coalesce(placed.city_code = build.focus_city_code, false) AS is_focus_city,
    CAST(placed.applications AS BIGINT) AS applications,
    CAST(placed.applications AS DOUBLE)
    / CAST(nullif(sum(placed.applications) OVER (PARTITION BY placed.label_level), 0) AS DOUBLE) AS share,
    CASE
        WHEN
            placed.city_code IS NOT NULL
            AND max(placed.applications) OVER (PARTITION BY placed.label_level, placed.city_code IS NULL) > 0
        THEN
            CAST(
                rank() OVER (
                    PARTITION BY placed.label_level, placed.city_code IS NULL ORDER BY placed.applications DESC
                ) AS INTEGER
            )
    END AS rank,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant_at_cn_office' AS place_rule,
    'invention+utility_model' AS patent_types,
    placed.label_level,
    build.last_complete_year
FROM placed
CROSS JOIN build
