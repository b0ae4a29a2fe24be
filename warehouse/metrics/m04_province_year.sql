-- title_zh: 省份年度申请量
-- title_en: Provinces by year
-- question_zh: 各省每年在中国局申请多少件，当年排第几？
-- question_en: How many applications at the Chinese office come from each province each year, and how do they rank?
-- figure: 2, 3
-- grain_zh: 省份（或其他地点类别）、申请年与标签口径
-- grain_en: province (or kind of other place), filing year and label level
-- conventions_zh: 同 m04_province_ranking，按申请年；没有申请的年份记 0；申请年不详的申请不计入；
--   数量相同者名次并列；各省都没有申请的年份不排名
-- conventions_en: as m04_province_ranking, by filing year; years without filings stand with 0; applications without a
--   filing year are left out; ties share a rank; nobody is ranked in a year in which no province filed
-- column place_kind: 地点类别 / Kind of place: mainland, hk_mo_tw, abroad_or_unresolved, unknown
-- column province_code: 省级代码 / Province, GB/T 2260
-- column province_name: 省份简称 / Short name in Chinese
-- column filing_year: 申请年 / Filing year
-- column applications: 申请量（件） / Applications filed in the year
-- column cumulative_applications: 累计申请量（件） / Applications filed up to the end of the year
-- column share: 占当年中国局申请量之比 / Share of the year's applications at the Chinese office
-- column rank: 当年排名 / Rank among the 31 in the year
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH cn_office AS (
    SELECT area.last_complete_year FROM metrics.m00_area AS area WHERE area.area = 'cn_office'
),
filed AS (
    SELECT
        label_level,
        filing_year,
        place_kind,
        CASE WHEN place_kind IN ('mainland', 'hk_mo_tw') THEN province_code END AS province_code,
        count(*) AS applications
    FROM metrics.m00_counted_application
    WHERE office = 'CN' AND filing_year IS NOT NULL
    GROUP BY ALL
),
filing_year AS (
    SELECT DISTINCT filing_year, is_complete_year FROM metrics.m01_filing_trend WHERE area = 'cn_office'
),
place AS (
    SELECT DISTINCT place_kind, province_code, province_name, label_level FROM metrics.m04_province_ranking
),
placed AS (
    SELECT
        place.label_level,
        place.place_kind,
        place.province_code,
        place.province_name,
        filing_year.filing_year,
        filing_year.is_complete_year,
        coalesce(filed.applications, 0) AS applications
    FROM place
    CROSS JOIN filing_year
    LEFT JOIN filed
        ON filed.label_level = place.label_level
        AND filed.place_kind = place.place_kind
        AND filed.province_code IS NOT DISTINCT FROM place.province_code
        AND filed.filing_year = filing_year.filing_year
)
SELECT
    placed.place_kind,
    placed.province_code,
    placed.province_name,
    placed.filing_year,
    CAST(placed.applications AS BIGINT) AS applications,
    CAST(
        sum(placed.applications) OVER (
            PARTITION BY placed.label_level, placed.place_kind, placed.province_code ORDER BY placed.filing_year
        ) AS BIGINT
    ) AS cumulative_applications,
    CAST(placed.applications AS DOUBLE)
    / CAST(
        nullif(sum(placed.applications) OVER (PARTITION BY placed.label_level, placed.filing_year), 0) AS DOUBLE
    ) AS share,
    CASE
        WHEN
            placed.place_kind = 'mainland'
            AND max(placed.applications)
                OVER (PARTITION BY placed.label_level, placed.filing_year, placed.place_kind) > 0
        THEN
            CAST(
                rank() OVER (
                    PARTITION BY placed.label_level, placed.filing_year, placed.place_kind
                    ORDER BY placed.applications DESC
                ) AS INTEGER
            )
    END AS rank,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant_at_cn_office' AS place_rule,
    'invention+utility_model' AS patent_types,
    placed.label_level,
    cn_office.last_complete_year,
    placed.is_complete_year
FROM placed
CROSS JOIN cn_office
