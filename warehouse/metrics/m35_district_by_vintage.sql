-- title_zh: 区县分布（按区划版本）
-- title_en: Distribution over districts, by boundaries
-- question_zh: 按 2020 年或 2023 年的区划，关注地市的专利和企业在各区县如何分布？
-- question_en: Under the boundaries of 2020 or of 2023, how are the focus city's applications and enterprises spread?
-- figure: 7, 8
-- grain_zh: 区划版本、统计对象、区县（或未知）与标签口径
-- grain_en: boundary vintage, population, district (or unknown) and label level
-- conventions_zh: 全部年份的中国局申请，按第一申请人所在区县；企业名录的企业按注册地，名录没有标签，
--   故 label_level 为 all；as_exported 按原文所写区县，已撤并者仍用原代码；
--   2020 与 2023 把不论何时的申请都换算到该年区划（依据见 core.application.boundary_basis）；
--   区县未知者单独成行、不排名，但计入分母；该版区划中没有申请的区县记 0；累计占比沿排名计算，
--   数量相同者名次与累计占比相同；各版本不可相加
-- conventions_en: applications of all years at the Chinese office by the first applicant's district; enterprises of
--   the reference register by their seat, with label_level 'all' because the register carries no labels; vintage
--   as_exported has each district as stated, one abolished since under its own code; 2020 and 2023 have every filing,
--   whenever it was made, under the boundaries of that year (core.application.boundary_basis says how that is known);
--   a district that is not known stands as its own row without rank, in the denominator; districts of the vintage
--   without filings stand with 0; cumulative shares run over the ranked rows, ties share rank and cumulative share;
--   never add vintages
-- column boundary_vintage: 区划版本：as_exported 按导出、2020、2023 / Boundaries: as exported, those of 2020, those of 2023
-- column population: 总体：applications 专利、enterprises 企业 / Population: applications or enterprises
-- column district_code: 区县代码，空为未知 / District, GB/T 2260, empty for unknown
-- column district_name: 区县名称 / Name of the district
-- column region_status: 区划现状：current 或 abolished / Status of the district: current or abolished
-- column applications: 申请量（件），企业行为空 / Applications, empty on rows of enterprises
-- column enterprises: 企业数（家），专利行为空 / Enterprises, empty on rows of applications
-- column share: 占全市之比 / Share of the city
-- column cumulative_share: 累计占比 / Share of this and the higher ranked districts together
-- column rank: 排名 / Rank
WITH build AS (
    SELECT last_complete_year, focus_province_code, focus_city_code FROM meta.build
),
vintage AS (
    SELECT unnest(['as_exported', '2020', '2023']) AS boundary_vintage
),
series AS (
    SELECT
        'applications' AS population,
        'core' AS label_level,
        'application' AS unit,
        'filing_year' AS date_basis,
        'first' AS credit,
        'first_applicant_at_cn_office' AS place_rule,
        'invention+utility_model' AS patent_types
    UNION ALL
    SELECT
        'applications',
        'all',
        'application',
        'filing_year',
        'first',
        'first_applicant_at_cn_office',
        'invention+utility_model'
    UNION ALL
    SELECT 'enterprises', 'all', 'enterprise', 'not_applied', 'not_applied', 'registered_seat', 'not_applied'
),
located AS (
    SELECT
        'applications' AS population,
        counted.label_level,
        application.district_code,
        application.district_code_2020,
        application.district_code_2023
    FROM metrics.m00_counted_application AS counted
    INNER JOIN build ON build.focus_city_code = counted.city_code
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    WHERE counted.office = 'CN'
    UNION ALL
    SELECT
        'enterprises',
        'all',
        enterprise.district_code,
        enterprise.district_code_2020,
        enterprise.district_code_2023
    FROM core.enterprise AS enterprise
    INNER JOIN build
        ON build.focus_province_code = enterprise.province_code AND build.focus_city_code = enterprise.city_code
),
under_vintage AS (
    SELECT
        vintage.boundary_vintage,
        located.population,
        located.label_level,
        CASE vintage.boundary_vintage
            WHEN '2020' THEN located.district_code_2020
            WHEN '2023' THEN located.district_code_2023
            ELSE located.district_code
        END AS district_code
    FROM located
    CROSS JOIN vintage
),
counted AS (
    SELECT boundary_vintage, population, label_level, district_code, count(*) AS members
    FROM under_vintage
    GROUP BY boundary_vintage, population, label_level, district_code
),
district AS (
    SELECT vintage.boundary_vintage, region.region_code AS district_code
    FROM core.region AS region
    INNER JOIN build ON build.focus_city_code = region.parent_code
    INNER JOIN vintage
        ON CASE vintage.boundary_vintage
            WHEN '2020' THEN region.is_in_2020
            WHEN '2023' THEN region.is_in_2023
            ELSE region.region_status = 'current'
        END
    WHERE region.region_level = 'district'
    UNION
    SELECT boundary_vintage, district_code FROM counted
    UNION
    SELECT boundary_vintage, CAST(NULL AS VARCHAR) FROM vintage
),
placed AS (
    SELECT
        district.boundary_vintage,
        series.population,
        series.label_level,
        series.unit,
        series.date_basis,
        series.credit,
        series.place_rule,
        series.patent_types,
        district.district_code,
        CASE
            WHEN district.district_code IS NULL THEN '未知'
            ELSE coalesce(region.region_name, district.district_code)
        END AS district_name,
        region.region_status,
        coalesce(counted.members, 0) AS members
    FROM series
    CROSS JOIN district
    LEFT JOIN counted
        ON counted.boundary_vintage = district.boundary_vintage
        AND counted.population = series.population
        AND counted.label_level = series.label_level
        AND counted.district_code IS NOT DISTINCT FROM district.district_code
    LEFT JOIN core.region AS region ON region.region_code = district.district_code
),
shared AS (
    SELECT
        placed.boundary_vintage,
        placed.population,
        placed.label_level,
        placed.unit,
        placed.date_basis,
        placed.credit,
        placed.place_rule,
        placed.patent_types,
        placed.district_code,
        placed.district_name,
        placed.region_status,
        placed.members,
        sum(placed.members) OVER (PARTITION BY placed.boundary_vintage, placed.population, placed.label_level) AS city_total,
        sum(placed.members) OVER ranking AS members_so_far,
        max(placed.members) OVER (
            PARTITION BY placed.boundary_vintage, placed.population, placed.label_level, placed.district_code IS NULL
        ) AS most_members,
        rank() OVER ranking AS place
    FROM placed
    WINDOW ranking AS (
        PARTITION BY placed.boundary_vintage, placed.population, placed.label_level, placed.district_code IS NULL
        ORDER BY placed.members DESC
    )
)
SELECT
    shared.boundary_vintage,
    shared.population,
    shared.district_code,
    shared.district_name,
    shared.region_status,
    CASE WHEN shared.population = 'applications' THEN CAST(shared.members AS BIGINT) END AS applications,
    CASE WHEN shared.population = 'enterprises' THEN CAST(shared.members AS BIGINT) END AS enterprises,
    CAST(shared.members AS DOUBLE) / CAST(nullif(shared.city_total, 0) AS DOUBLE) AS share,
    CASE
        WHEN shared.district_code IS NOT NULL THEN
            CAST(shared.members_so_far AS DOUBLE) / CAST(nullif(shared.city_total, 0) AS DOUBLE)
    END AS cumulative_share,
    CASE
        WHEN shared.district_code IS NOT NULL AND shared.most_members > 0 THEN CAST(shared.place AS INTEGER)
    END AS rank,
    shared.unit,
    shared.date_basis,
    shared.credit,
    shared.place_rule,
    shared.patent_types,
    shared.label_level,
    build.last_complete_year
FROM shared
CROSS JOIN build
