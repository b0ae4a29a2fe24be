-- title_zh: 公开与授权趋势
-- title_en: Publications and grants by year
-- question_zh: 全球、中国局和关注省每年首次公开多少件申请，授权多少件？
-- question_en: How many applications are first published, and how many granted, in each year?
-- figure: none; the market side of figure 2
-- grain_zh: 范围、事件、事件年份与标签口径
-- grain_en: area, event, year of the event and label level
-- conventions_zh: 每件申请在数据中首次公开时计一次，授权时计一次，不论有几份文献；没有的年份记 0；没有公开日的申请单独成行、
--   不列年份；没有授权日即未授权或不知是否授权；该范围的截止日（m00_area）不早于年末时，该年为完整年；
--   关注省计中国局的申请，按第一申请人地址
-- conventions_en: each application once at its first publication in the data and once at its grant, whatever the
--   number of documents; years without any stand with 0; applications without a publication date have a row of their
--   own without year; one without a grant date is not granted or not known to be; a year is complete where the
--   cut-off of the area (m00_area) lies at or after its end; the focus province counts filings at the Chinese office
--   by the first applicant's address
-- column area: 范围：all 全部、cn_office 中国局、focus_province 关注省 / Area: everywhere, the Chinese office, the focus province
-- column area_code: 范围代码 / Code of the area, empty for everywhere
-- column event: 事件：first_publication 首次公开、grant 授权 / Event: first publication or grant
-- column event_year: 事件年，空为未知 / Year of the event, empty for unknown
-- column applications: 申请量（件） / Applications
-- column is_complete_year: 该年是否完整 / Whether the year is complete
WITH published AS (
    SELECT application_id, min(publication_date) AS first_publication_date
    FROM core.publication
    GROUP BY application_id
),
counted AS (
    SELECT
        counted.label_level,
        counted.application_id,
        counted.office = 'CN' AS is_cn_office,
        counted.office = 'CN' AND counted.province_code IS NOT DISTINCT FROM build.focus_province_code AS is_focus
    FROM metrics.m00_counted_application AS counted
    CROSS JOIN meta.build AS build
),
dated AS (
    SELECT
        'first_publication' AS event,
        counted.label_level,
        counted.is_cn_office,
        counted.is_focus,
        year(published.first_publication_date) AS event_year
    FROM counted
    LEFT JOIN published ON published.application_id = counted.application_id
    UNION ALL
    SELECT 'grant', counted.label_level, counted.is_cn_office, counted.is_focus, year(application.grant_date)
    FROM counted
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    WHERE application.grant_date IS NOT NULL
),
year_range AS (
    SELECT min(event_year) AS first_year, max(event_year) AS last_year FROM dated
),
event_year AS (
    SELECT CAST(unnest(generate_series(first_year, last_year)) AS INTEGER) AS event_year FROM year_range
),
label_level AS (
    SELECT 'core' AS label_level
    UNION ALL
    SELECT 'all' AS label_level
),
spine AS (
    SELECT 'first_publication' AS event, event_year FROM event_year
    UNION ALL
    SELECT 'grant', event_year FROM event_year
    UNION ALL
    SELECT 'first_publication', CAST(NULL AS INTEGER)
)
SELECT
    area.area,
    area.area_code,
    spine.event,
    spine.event_year,
    CAST(count(dated.event) AS BIGINT) AS applications,
    'application' AS unit,
    CASE spine.event WHEN 'grant' THEN 'grant_year' ELSE 'publication_year' END AS date_basis,
    area.credit,
    area.place_rule,
    'invention+utility_model' AS patent_types,
    label_level.label_level,
    area.last_complete_year,
    make_date(spine.event_year, 12, 31) <= area.cut_off_date AS is_complete_year
FROM metrics.m00_area AS area
CROSS JOIN spine
CROSS JOIN label_level
LEFT JOIN dated
    ON dated.label_level = label_level.label_level
    AND dated.event = spine.event
    AND dated.event_year IS NOT DISTINCT FROM spine.event_year
    AND (
        area.area = 'all'
        OR (area.area = 'cn_office' AND dated.is_cn_office)
        OR (area.area = 'focus_province' AND dated.is_focus)
    )
GROUP BY ALL
