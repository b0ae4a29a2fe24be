-- title_zh: 省份排名
-- title_en: Ranking of provinces
-- question_zh: 各省在中国局累计申请多少件，排第几？
-- question_en: How many applications at the Chinese office come from each province, and how do the provinces rank?
-- figure: 3
-- grain_zh: 省份（或其他地点类别）与标签口径
-- grain_en: province (or kind of other place) and label level
-- conventions_zh: 全部年份的中国局申请，按第一申请人地址；31 个省级行政区参加排名，没有申请的记 0；港澳台、国外或无法解析、
--   未知者不排名，但计入各项占比的分母；数量相同者名次并列；都没有申请时不排名
-- conventions_en: applications of all years at the Chinese office by the first applicant's address; the 31 mainland
--   provinces are ranked, those without filings with 0; Hong Kong, Macao, Taiwan, abroad or unresolved and unknown
--   have no rank but stand in the denominator of every share; ties share a rank; where nobody filed nobody is ranked
-- column place_kind: 地点类别 / Kind of place: mainland, hk_mo_tw, abroad_or_unresolved, unknown
-- column province_code: 省级代码 / Province, GB/T 2260
-- column province_name: 省份简称 / Short name in Chinese
-- column applications: 申请量（件） / Applications
-- column share: 占中国局申请量之比 / Share of the applications at the Chinese office
-- column rank: 排名 / Rank among the 31
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
filed AS (
    SELECT
        label_level,
        place_kind,
        CASE WHEN place_kind IN ('mainland', 'hk_mo_tw') THEN province_code END AS province_code,
        count(*) AS applications
    FROM metrics.m00_counted_application
    WHERE office = 'CN'
    GROUP BY ALL
),
place AS (
    SELECT
        CASE WHEN region_code IN ('710000', '810000', '820000') THEN 'hk_mo_tw' ELSE 'mainland' END AS place_kind,
        region_code AS province_code,
        short_name AS province_name
    FROM core.region
    WHERE region_level = 'province' AND region_status = 'current'
    UNION ALL
    SELECT 'abroad_or_unresolved', CAST(NULL AS VARCHAR), '境外或未解析'
    UNION ALL
    SELECT 'unknown', CAST(NULL AS VARCHAR), '未知'
),
label_level AS (
    SELECT 'core' AS label_level
    UNION ALL
    SELECT 'all' AS label_level
),
placed AS (
    SELECT
        label_level.label_level,
        place.place_kind,
        place.province_code,
        place.province_name,
        coalesce(filed.applications, 0) AS applications
    FROM place
    CROSS JOIN label_level
    LEFT JOIN filed
        ON filed.label_level = label_level.label_level
        AND filed.place_kind = place.place_kind
        AND filed.province_code IS NOT DISTINCT FROM place.province_code
)
SELECT
    placed.place_kind,
    placed.province_code,
    placed.province_name,
    CAST(placed.applications AS BIGINT) AS applications,
    CAST(placed.applications AS DOUBLE)
    / CAST(nullif(sum(placed.applications) OVER (PARTITION BY placed.label_level), 0) AS DOUBLE) AS share,
    CASE
        WHEN
            placed.place_kind = 'mainland'
            AND max(placed.applications) OVER (PARTITION BY placed.label_level, placed.place_kind) > 0
        THEN
            CAST(
                rank() OVER (PARTITION BY placed.label_level, placed.place_kind ORDER BY placed.applications DESC)
                AS INTEGER
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
