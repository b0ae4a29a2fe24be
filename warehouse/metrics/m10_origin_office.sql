-- title_zh: 来源国与受理局矩阵
-- title_en: Origins by office
-- question_zh: 各来源国的申请分布在哪些受理局，留在本国的有多少？
-- question_en: At which offices do the applications of each country of origin stand, and how many stay at home?
-- figure: none; the flows behind figure 3
-- grain_zh: 来源国（或未知）、受理局与标签口径
-- grain_en: country of origin (or unknown), office and label level
-- conventions_zh: 全部年份的申请；来源国取同族的来源国（m00_counted_family）：优先权恰指一国时为该国，
--   否则为第一申请人的国家，by_priority 为其中依优先权判定的件数；出现的每个来源国与每个受理局都成行，
--   没有申请的记 0；来源国未知者单独成行，不计入净流向；WO 列出，但不是来源国
-- conventions_en: applications of all years; origin is that of the family (m00_counted_family): the country of the
--   priorities where they name exactly one, else of the first applicant; by_priority says for how many it is the
--   former; every origin found stands with every office found, also with 0; unknown origin is a row of its own and
--   part of no net flow; WO is shown but is no home
-- column origin_country: 来源国，空为未知 / Country of origin, WIPO ST.3, empty for unknown
-- column office: 受理局代码 / Office, WIPO ST.3
-- column is_home: 是否本国局 / Whether the office is the origin's own
-- column applications: 申请量（件） / Applications
-- column applications_by_priority: 其中来源国据优先权（件） / Of these with the origin known by priority
-- column origin_share: 占该来源国之比 / Share of the origin's applications
-- column office_share: 占该受理局之比 / Share of the office's applications
-- column net_outflow: 净流出（件）：在他局的申请 − 他国在本国局的申请 / The origin's applications elsewhere less those of others at its own office
WITH counted AS (
    SELECT counted.label_level, counted.office, family.origin_country, family.origin_basis
    FROM metrics.m00_counted_application AS counted
    INNER JOIN metrics.m00_counted_family AS family
        ON family.family_id = counted.family_id AND family.label_level = counted.label_level
),
cell AS (
    SELECT
        label_level,
        origin_country,
        office,
        count(*) AS applications,
        count(*) FILTER (WHERE origin_basis = 'priority') AS applications_by_priority
    FROM counted
    GROUP BY label_level, origin_country, office
),
grid AS (
    SELECT
        origin.label_level,
        origin.origin_country,
        office.office,
        coalesce(cell.applications, 0) AS applications,
        coalesce(cell.applications_by_priority, 0) AS applications_by_priority
    FROM (SELECT DISTINCT label_level, origin_country FROM cell) AS origin
    INNER JOIN (SELECT DISTINCT label_level, office FROM cell) AS office ON office.label_level = origin.label_level
    LEFT JOIN cell
        ON cell.label_level = origin.label_level
        AND cell.office = office.office
        AND cell.origin_country IS NOT DISTINCT FROM origin.origin_country
),
summed AS (
    SELECT
        grid.label_level,
        grid.origin_country,
        grid.office,
        grid.applications,
        grid.applications_by_priority,
        sum(grid.applications) OVER (PARTITION BY grid.label_level, grid.origin_country) AS of_origin,
        sum(grid.applications) OVER (PARTITION BY grid.label_level, grid.office) AS of_office
    FROM grid
),
home AS (
    SELECT label_level, office, sum(applications) AS of_office
    FROM summed
    WHERE origin_country IS NOT NULL
    GROUP BY label_level, office
)
SELECT
    summed.origin_country,
    summed.office,
    coalesce(summed.origin_country = summed.office, false) AS is_home,
    CAST(summed.applications AS BIGINT) AS applications,
    CAST(summed.applications_by_priority AS BIGINT) AS applications_by_priority,
    CAST(summed.applications AS DOUBLE) / CAST(nullif(summed.of_origin, 0) AS DOUBLE) AS origin_share,
    CAST(summed.applications AS DOUBLE) / CAST(nullif(summed.of_office, 0) AS DOUBLE) AS office_share,
    CASE
        WHEN summed.origin_country IS NOT NULL THEN CAST(summed.of_origin - coalesce(home.of_office, 0) AS BIGINT)
    END AS net_outflow,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    summed.label_level,
    build.last_complete_year
FROM summed
CROSS JOIN meta.build AS build
LEFT JOIN home ON home.label_level = summed.label_level AND home.office = summed.origin_country
