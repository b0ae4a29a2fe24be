-- title_zh: 授权率（按申请年队列）
-- title_en: Grant rate of filing cohorts
-- question_zh: 某年申请的发明，至今有多大比例已授权？
-- question_en: Of the inventions filed in a year, what share has been granted by now?
-- figure: none; asked by every navigation report
-- grain_zh: 范围、申请年与标签口径
-- grain_en: area, filing year and label level
-- conventions_zh: 只计发明；自身不授权的局（WO）不计；数据有授权日即为已授权；T* - 3 之后的年份为删失：审查尚未结束，
--   授权率还会上升；没有申请的年份记 0，授权率留空；不足 30 件发明即为小基数
-- conventions_en: inventions alone; offices that grant nothing of their own (WO) left out; granted where the data
--   hold a grant date; years after T* - 3 are censored: examination is not over, the rate will rise; years without
--   filings stand with 0 and an empty rate; the base is small below 30 inventions
-- column area: 范围：all 全部、cn_office 中国局、focus_province 关注省 / Area: everywhere, the Chinese office, the focus province
-- column area_code: 范围代码 / Code of the area, empty for everywhere
-- column filing_year: 申请年 / Filing year
-- column inventions: 发明申请量（件） / Inventions filed
-- column granted_inventions: 其中已授权（件） / Of these granted
-- column grant_rate: 授权率 / Grant rate
-- column closed_inventions: 已结案（件）：已授权，或未授权而失效 / Closed: granted, or no longer in force without a grant
-- column closed_grant_rate: 结案授权率 / Grant rate of the closed ones
-- column is_censored: 审查是否尚未结束 / Whether examination of the year is not over
-- column is_small_base: 基数是否偏小 / Whether fewer than 30 inventions
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH filed AS (
    SELECT
        area.area,
        counted.label_level,
        counted.filing_year,
        count(*) AS inventions,
        count(application.grant_date) AS granted_inventions,
        count(*) FILTER (WHERE application.grant_date IS NOT NULL OR application.legal_status = 'inactive')
            AS closed_inventions
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    INNER JOIN core.office AS office ON office.office = counted.office AND office.is_national
    INNER JOIN metrics.m00_area AS area
        ON area.area = 'all'
        OR (area.area = 'cn_office' AND counted.office = 'CN')
        OR (area.area = 'focus_province' AND counted.office = 'CN' AND counted.province_code = area.area_code)
    WHERE counted.patent_type = 'invention'
    GROUP BY ALL
),
year_range AS (
    SELECT min(filing_year) AS first_year, max(filing_year) AS last_year FROM filed
),
spine AS (
    SELECT
        area.area,
        area.area_code,
        area.credit,
        area.place_rule,
        area.last_complete_year,
        label_level.label_level,
        CAST(unnest(generate_series(year_range.first_year, year_range.last_year)) AS INTEGER) AS filing_year
    FROM metrics.m00_area AS area
    CROSS JOIN year_range
    CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
)
SELECT
    spine.area,
    spine.area_code,
    spine.filing_year,
    CAST(coalesce(filed.inventions, 0) AS BIGINT) AS inventions,
    CAST(coalesce(filed.granted_inventions, 0) AS BIGINT) AS granted_inventions,
    CAST(filed.granted_inventions AS DOUBLE) / CAST(nullif(filed.inventions, 0) AS DOUBLE) AS grant_rate,
    CAST(coalesce(filed.closed_inventions, 0) AS BIGINT) AS closed_inventions,
    CAST(filed.granted_inventions AS DOUBLE) / CAST(nullif(filed.closed_inventions, 0) AS DOUBLE) AS closed_grant_rate,
    coalesce(spine.filing_year > spine.last_complete_year - 3, true) AS is_censored,
    coalesce(filed.inventions, 0) < 30 AS is_small_base,
    'application' AS unit,
    'filing_year' AS date_basis,
    spine.credit,
    spine.place_rule,
    'invention' AS patent_types,
    spine.label_level,
    spine.last_complete_year,
    spine.filing_year <= spine.last_complete_year AS is_complete_year
FROM spine
LEFT JOIN filed
    ON filed.area = spine.area
    AND filed.label_level = spine.label_level
    AND filed.filing_year = spine.filing_year
