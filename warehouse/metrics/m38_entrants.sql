-- title_zh: 新进入者与活跃申请人
-- title_en: Entrants and active applicants
-- question_zh: 每年有多少申请人活跃，其中多少是首次申请？
-- question_en: How many applicants are active each year, and how many of them file for the first time?
-- figure: none; asked by every navigation report
-- grain_zh: 申请年与标签口径
-- grain_en: filing year and label level
-- conventions_zh: 计第一申请人的集团；新进入者指当年首次出现在这份数据中，并非世界上首次申请：数据的前三年左侧截断，几乎都像新进入者；
--   没有申请的年份记 0；没有申请人或申请年的申请不计入
-- conventions_en: groups credited as first applicant; an entrant files in the year for the first time in these data,
--   not in the world: the first three years of the data are left-censored, nearly everyone looks new in them; years
--   without filings stand with 0; applications without applicant or year are left out
-- column filing_year: 申请年 / Filing year
-- column applications: 申请人已知的申请（件） / Applications with a known applicant
-- column applicants: 活跃申请人（集团）数 / Active groups
-- column entrants: 其中首次申请者 / Of these filing for the first time
-- column entrant_share: 新进入者占比 / Share of entrants
-- column applications_per_applicant: 人均申请量（件） / Applications per active group
-- column is_left_censored: 是否处于数据最初三年 / Whether it is one of the first three years of the data
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH filed AS (
    SELECT
        counted.label_level,
        counted.filing_year,
        coalesce(link.group_id, applicant.group_id) AS group_id,
        count(*) AS applications
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application_applicant AS link
        ON link.application_id = counted.application_id AND link.position = 1
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
    WHERE counted.filing_year IS NOT NULL
    GROUP BY counted.label_level, counted.filing_year, coalesce(link.group_id, applicant.group_id)
),
appearing AS (
    SELECT
        filed.label_level,
        filed.filing_year,
        filed.applications,
        min(filed.filing_year) OVER (PARTITION BY filed.label_level, filed.group_id) AS first_year
    FROM filed
),
yearly AS (
    SELECT
        label_level,
        filing_year,
        sum(applications) AS applications,
        count(*) AS applicants,
        count(*) FILTER (WHERE first_year = filing_year) AS entrants
    FROM appearing
    GROUP BY label_level, filing_year
),
year_range AS (
    SELECT min(filing_year) AS first_year, max(filing_year) AS last_year FROM yearly
),
filing_year AS (
    SELECT
        first_year,
        CAST(unnest(generate_series(first_year, last_year)) AS INTEGER) AS filing_year
    FROM year_range
)
SELECT
    filing_year.filing_year,
    CAST(coalesce(yearly.applications, 0) AS BIGINT) AS applications,
    CAST(coalesce(yearly.applicants, 0) AS BIGINT) AS applicants,
    CAST(coalesce(yearly.entrants, 0) AS BIGINT) AS entrants,
    CAST(yearly.entrants AS DOUBLE) / CAST(nullif(yearly.applicants, 0) AS DOUBLE) AS entrant_share,
    CAST(yearly.applications AS DOUBLE) / CAST(nullif(yearly.applicants, 0) AS DOUBLE) AS applications_per_applicant,
    filing_year.filing_year < filing_year.first_year + 3 AS is_left_censored,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    label_level.label_level,
    build.last_complete_year,
    filing_year.filing_year <= build.last_complete_year AS is_complete_year
FROM filing_year
CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
CROSS JOIN meta.build AS build
LEFT JOIN yearly
    ON yearly.label_level = label_level.label_level AND yearly.filing_year = filing_year.filing_year
