-- title_zh: 年增长率与近 k 年增长
-- title_en: Growth over the last k years
-- question_zh: 到最近完整年为止的 k 年间申请量增长多快？三种读法各是多少？
-- question_en: How fast did filings grow over the k years up to the last complete one, in each of three readings?
-- figure: 2
-- grain_zh: 范围、专利类型、标签口径与年数 k
-- grain_en: area, patent type, label level and number of years k
-- conventions_zh: k 步需要 k + 1 个完整年；三种读法：年均复合增长率、k 个年增长率的最低值与平均值；
--   起点为 0 的时段没有复合增长率，末年之前有一年为 0 的时段没有最低值与平均值；
--   时段内任一年不足 30 件即为小基数；留空处以 reason 说明原因
-- conventions_en: k steps need k + 1 years, all complete; three readings: compound annual growth, the lowest and the
--   mean of the k yearly growths; a window that starts at 0 has no compound growth, one with an empty year before its
--   last no lowest and no mean; the base is small below 30 applications in any year of the window; with `reason`
--   where empty
-- column area: 范围 / Area
-- column area_code: 范围代码 / Code of the area
-- column patent_type: 专利类型，all 为合计 / Patent type, all is the total
-- column years: 年数 k / Number of yearly steps k
-- column first_year: 起始年 / First year of the window
-- column last_year: 末年 / Last year of the window
-- column first_applications: 起始年申请量（件） / Applications of the first year
-- column last_applications: 末年申请量（件） / Applications of the last year
-- column cagr: 复合年增长率 / Compound annual growth rate
-- column lowest_growth: 各年增长率之最低者 / Lowest yearly growth
-- column mean_growth: 各年增长率之均值 / Mean yearly growth
-- column is_small_base: 基数是否偏小 / Whether a year of the window has fewer than 30 applications
-- column reason: 空值原因：no_complete_year、window_before_data、starts_at_zero、empty_year / Why a growth is empty
WITH span AS (
    SELECT unnest([1, 3, 4, 5]) AS years
),
series AS (
    SELECT DISTINCT area, area_code, patent_type, label_level, credit, place_rule, patent_types, last_complete_year
    FROM metrics.m01_filing_trend
),
yearly AS (
    SELECT
        span.years,
        trend.area,
        trend.patent_type,
        trend.label_level,
        trend.filing_year,
        trend.applications,
        trend.filing_year = trend.last_complete_year - span.years AS is_first,
        trend.growth
    FROM metrics.m01_filing_trend AS trend
    INNER JOIN span
        ON trend.filing_year BETWEEN trend.last_complete_year - span.years AND trend.last_complete_year
),
windowed AS (
    SELECT
        yearly.years,
        yearly.area,
        yearly.patent_type,
        yearly.label_level,
        count(*) = yearly.years + 1 AS is_whole,
        min(yearly.applications) AS lowest_applications,
        max(yearly.applications) FILTER (WHERE yearly.is_first) AS first_applications,
        arg_max(yearly.applications, yearly.filing_year) AS last_applications,
        count(yearly.growth) FILTER (WHERE NOT yearly.is_first) = yearly.years AS has_every_growth,
        min(yearly.growth) FILTER (WHERE NOT yearly.is_first) AS lowest_growth,
        avg(yearly.growth) FILTER (WHERE NOT yearly.is_first) AS mean_growth
    FROM yearly
    GROUP BY yearly.years, yearly.area, yearly.patent_type, yearly.label_level
)
SELECT
    series.area,
    series.area_code,
    series.patent_type,
    CAST(span.years AS INTEGER) AS years,
    series.last_complete_year - span.years AS first_year,
    series.last_complete_year AS last_year,
    CAST(windowed.first_applications AS BIGINT) AS first_applications,
    CAST(windowed.last_applications AS BIGINT) AS last_applications,
    CASE
        WHEN windowed.is_whole AND windowed.first_applications > 0 THEN
            pow(
                CAST(windowed.last_applications AS DOUBLE)
                / CAST(nullif(windowed.first_applications, 0) AS DOUBLE),
                1 / CAST(nullif(span.years, 0) AS DOUBLE)
            ) - 1
    END AS cagr,
    CASE WHEN windowed.is_whole AND windowed.has_every_growth THEN windowed.lowest_growth END AS lowest_growth,
    CASE WHEN windowed.is_whole AND windowed.has_every_growth THEN windowed.mean_growth END AS mean_growth,
    coalesce(windowed.lowest_applications < 30, true) AS is_small_base,
    CASE
        WHEN series.last_complete_year IS NULL THEN 'no_complete_year'
        WHEN NOT coalesce(windowed.is_whole, false) THEN 'window_before_data'
        WHEN windowed.first_applications = 0 THEN 'starts_at_zero'
        WHEN NOT windowed.has_every_growth THEN 'empty_year'
    END AS reason,
    'application' AS unit,
    'filing_year' AS date_basis,
    series.credit,
    series.place_rule,
    series.patent_types,
    series.label_level,
    series.last_complete_year
FROM series
CROSS JOIN span
LEFT JOIN windowed
    ON windowed.years = span.years
    AND windowed.area = series.area
    AND windowed.patent_type = series.patent_type
    AND windowed.label_level = series.label_level
