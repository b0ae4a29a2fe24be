-- title_zh: 年份完整度
-- title_en: Completeness of years
-- question_zh: 各受理局哪些申请年完整，其后各年预计已有多大比例公布？
-- question_en: Which filing years are complete at each office, and what share of a later year can be expected to be public?
-- figure: 2
-- grain_zh: 受理局与申请年
-- grain_en: office and filing year
-- conventions_zh: 计发明与实用新型；至该局最近完整年（meta.office_cut_off）为完整；之后各年的预期完整度，
--   为该局最近三个完整年的申请若在该年同一天提出、首次公开的滞后不变，到其截止日已公开的比例；
--   这样有日期的申请不足 100 件时留空；该局自首年至截止年逐年成行，没有的记 0
-- conventions_en: inventions and utility models; complete up to the office's own last complete year
--   (meta.office_cut_off); for a later year the expected share is that of the office's filings of its last three
--   complete years which would be public by its cut-off had they been filed on the same day of that year with the
--   same lag to their first publication; empty below 100 such dated filings; every year from the office's first to
--   its cut-off stands, also with 0
-- column office: 受理局代码 / Office, WIPO ST.3
-- column filing_year: 申请年 / Filing year
-- column applications: 申请量（件） / Applications of the year in the data
-- column dated_applications: 用于推算滞后的申请量（件） / Applications of the last three complete years with both dates
-- column median_lag_days: 申请至首次公布的天数中位数 / Median days from filing to first publication among them
-- column expected_public_share: 预计已公布比例 / Share of the year's filings that can be expected to be public
-- column reason: 空值原因：complete_year、no_complete_year、too_few_dated / Why the share is empty
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete at the office
WITH filed AS (
    SELECT counted.office, counted.application_id, counted.filing_year
    FROM metrics.m00_counted_application AS counted
    WHERE counted.label_level = 'all'
),
published AS (
    SELECT application_id, min(publication_date) AS first_publication_date
    FROM core.publication
    GROUP BY application_id
),
yearly AS (
    SELECT office, filing_year, count(*) AS applications FROM filed WHERE filing_year IS NOT NULL GROUP BY ALL
),
year_range AS (
    SELECT
        cut_off.office,
        cut_off.cut_off_date,
        cut_off.last_complete_year,
        min(yearly.filing_year) AS first_year,
        greatest(max(yearly.filing_year), max(year(cut_off.cut_off_date))) AS last_year
    FROM meta.office_cut_off AS cut_off
    INNER JOIN yearly ON yearly.office = cut_off.office
    GROUP BY ALL
),
spine AS (
    SELECT
        office,
        cut_off_date,
        last_complete_year,
        CAST(unnest(generate_series(first_year, last_year)) AS INTEGER) AS filing_year
    FROM year_range
),
reference AS (
    SELECT
        filed.office,
        year(application.filing_date) AS own_year,
        published.first_publication_date,
        date_diff('day', application.filing_date, published.first_publication_date) AS lag_days
    FROM filed
    INNER JOIN core.application AS application ON application.application_id = filed.application_id
    INNER JOIN published ON published.application_id = filed.application_id
    INNER JOIN meta.office_cut_off AS cut_off ON cut_off.office = filed.office
    WHERE
        published.first_publication_date >= application.filing_date
        AND year(application.filing_date) BETWEEN cut_off.last_complete_year - 2 AND cut_off.last_complete_year
),
lag AS (
    SELECT office, count(*) AS dated_applications, median(lag_days) AS median_lag_days FROM reference GROUP BY office
),
expected AS (
    SELECT
        spine.office,
        spine.filing_year,
        count(*) FILTER (
            WHERE reference.first_publication_date + to_years(spine.filing_year - reference.own_year)
            <= spine.cut_off_date
        ) AS public_applications
    FROM spine
    INNER JOIN reference ON reference.office = spine.office
    WHERE spine.filing_year > spine.last_complete_year
    GROUP BY spine.office, spine.filing_year
)
SELECT
    spine.office,
    spine.filing_year,
    CAST(coalesce(yearly.applications, 0) AS BIGINT) AS applications,
    CAST(coalesce(lag.dated_applications, 0) AS BIGINT) AS dated_applications,
    CAST(lag.median_lag_days AS DOUBLE) AS median_lag_days,
    CASE
        WHEN lag.dated_applications >= 100 THEN
            CAST(expected.public_applications AS DOUBLE) / CAST(nullif(lag.dated_applications, 0) AS DOUBLE)
    END AS expected_public_share,
    CASE
        WHEN spine.last_complete_year IS NULL THEN 'no_complete_year'
        WHEN spine.filing_year <= spine.last_complete_year THEN 'complete_year'
        WHEN coalesce(lag.dated_applications, 0) < 100 THEN 'too_few_dated'
    END AS reason,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'all' AS label_level,
    spine.last_complete_year,
    coalesce(spine.filing_year <= spine.last_complete_year, false) AS is_complete_year
FROM spine
LEFT JOIN yearly ON yearly.office = spine.office AND yearly.filing_year = spine.filing_year
LEFT JOIN lag ON lag.office = spine.office
LEFT JOIN expected ON expected.office = spine.office AND expected.filing_year = spine.filing_year
