-- title_zh: 区县分布
-- title_en: Distribution over the focus city's districts
-- question_zh: 关注地市的专利和企业分布在哪些区县，前几名集聚多少？
-- question_en: How are the focus city's applications and enterprises spread over its districts?
-- figure: 7, 8
-- grain: population, district (or unknown) and label level
-- conventions: applications of all years at the Chinese office by the first applicant's district; enterprises of the
--   reference register by their seat, with label_level 'all' because the register carries no labels; district boundaries
--   as exported: a district abolished since stands under its own code; a district that is not known stands as its own
--   row without rank, in the denominator; cumulative shares run over the ranked rows, ties share rank and cumulative share
-- column population: 总体：applications 专利、enterprises 企业 / Population: applications or enterprises
-- column district_code: 区县代码，空为未知 / District, GB/T 2260, empty for unknown
-- column district_name: 区县名称 / Name of the district
-- column region_status: 区划现状：current 或 abolished / Status of the district: current or abolished
-- column applications: 申请量（件），企业行为空 / Applications, empty on rows of enterprises
-- column enterprises: 企业数（家），专利行为空 / Enterprises, empty on rows of applications
-- column share: 占全市之比 / Share of the city
-- column cumulative_share: 累计占比 / Share of this and the higher ranked districts together
-- column rank: 排名 / Rank
-- column boundary_vintage: 区划版本 / Which boundaries the districts are of
WITH build AS (
    SELECT last_complete_year, focus_province_code, focus_city_code FROM meta.build
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
focus_name AS (
    SELECT region.region_code, unnest([region.region_name, region.short_name]) AS name
    FROM core.region AS region
    INNER JOIN build ON region.region_code IN (build.focus_province_code, build.focus_city_code)
),
spelling AS (
    SELECT region.region_code, region.region_status, unnest([region.region_name, region.short_name]) AS name
    FROM core.region AS region
    INNER JOIN build ON build.focus_city_code = region.parent_code
    WHERE region.region_level = 'district'
),
-- A name that an abolished region shares with a current one means the current one.
district_of_name AS (
    SELECT
        name,
        coalesce(min(region_code) FILTER (WHERE region_status = 'current'), min(region_code)) AS district_code
    FROM spelling
    GROUP BY name
),
filed AS (
    SELECT 'applications' AS population, counted.label_level, counted.district_code, count(*) AS members
    FROM metrics.m00_counted_application AS counted
    INNER JOIN build ON build.focus_city_code = counted.city_code
    WHERE counted.office = 'CN'
    GROUP BY counted.label_level, counted.district_code
),
seated AS (
    SELECT
        'enterprises' AS population,
        'all' AS label_level,
        district_of_name.district_code,
        count(DISTINCT enterprise.enterprise_id) AS members
    FROM core.enterprise AS enterprise
    CROSS JOIN build
    SEMI JOIN focus_name AS province
        ON province.region_code = build.focus_province_code AND province.name = enterprise.province
    SEMI JOIN focus_name AS city ON city.region_code = build.focus_city_code AND city.name = enterprise.city
    LEFT JOIN district_of_name ON district_of_name.name = enterprise.district
    GROUP BY district_of_name.district_code
),
counted AS (
    SELECT population, label_level, district_code, members FROM filed
    UNION ALL
    SELECT population, label_level, district_code, members FROM seated
),
district AS (
    SELECT region_code AS district_code FROM spelling WHERE region_status = 'current'
    UNION
    SELECT district_code FROM counted
    UNION
    SELECT CAST(NULL AS VARCHAR)
),
placed AS (
    SELECT
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
        ON counted.population = series.population
        AND counted.label_level = series.label_level
        AND counted.district_code IS NOT DISTINCT FROM district.district_code
    LEFT JOIN core.region AS region ON region.region_code = district.district_code
),
shared AS (
    SELECT
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
        sum(placed.members) OVER (PARTITION BY placed.population, placed.label_level) AS city_total,
        sum(placed.members) OVER ranking AS members_so_far,
        max(placed.members) OVER (
            PARTITION BY placed.population, placed.label_level, placed.district_code IS NULL
        ) AS most_members,
        rank() OVER ranking AS place
    FROM placed
    WINDOW ranking AS (
        PARTITION BY placed.population, placed.label_level, placed.district_code IS NULL
        ORDER BY placed.members DESC
    )
)
SELECT
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
    'as_exported' AS boundary_vintage,
    shared.unit,
    shared.date_basis,
    shared.credit,
    shared.place_rule,
    shared.patent_types,
    shared.label_level,
    build.last_complete_year
FROM shared
CROSS JOIN build
