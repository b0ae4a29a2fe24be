-- title_zh: 法律状态结构
-- title_en: Structure of legal status
-- question_zh: 有效、审中、失效各占多少，有多少状态未知？
-- question_en: What share is in force, pending or lapsed, and of how much is the status not known?
-- figure: none; asked by every navigation report
-- grain_zh: 范围、法律状态、单位与标签口径
-- grain_en: area, legal status, unit and label level
-- conventions_zh: 法律状态以导出时为准；同族取其在该范围内计入申请中最好的状态（有效、审中、PCT 指定期内、失效、PCT 指定期满、
--   未知）；每种状态都列出，没有的记 0；导出未写明的为未知，单独成行并计入分母
-- conventions_en: status as at the time of the export; a family has the best status of its counted applications in
--   the area (active, pending, PCT designation period, inactive, PCT designation expired, unknown); every status
--   stands, also with 0; what the export does not say is unknown, a row of its own in the denominator
-- column area: 范围：all 全部、cn_office 中国局、focus_province 关注省 / Area: everywhere, the Chinese office, the focus province
-- column area_code: 范围代码 / Code of the area, empty for everywhere
-- column legal_status: 法律状态：active 有效、pending 审中、inactive 失效、pct_designation_period PCT 指定期内、pct_designation_expired PCT 指定期满、unknown 未知 / Legal status
-- column filings: 数量（按 unit） / Applications or families, as unit says
-- column share: 占该范围之比 / Share of the area
-- column unit: 计数单位：application 件、family 项 / Unit of counting: application or family
WITH status AS (
    SELECT
        unnest(
            ['active', 'pending', 'pct_designation_period', 'inactive', 'pct_designation_expired', 'unknown']
        ) AS legal_status,
        unnest([1, 2, 3, 4, 5, 6]) AS place
),
counted AS (
    SELECT
        area.area,
        counted.label_level,
        counted.application_id,
        counted.family_id,
        coalesce(status.place, 6) AS place
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    INNER JOIN metrics.m00_area AS area
        ON area.area = 'all'
        OR (area.area = 'cn_office' AND counted.office = 'CN')
        OR (area.area = 'focus_province' AND counted.office = 'CN' AND counted.province_code = area.area_code)
    LEFT JOIN status ON status.legal_status = application.legal_status
),
family AS (
    SELECT area, label_level, family_id, min(place) AS place FROM counted GROUP BY ALL
),
found AS (
    SELECT 'application' AS unit, area, label_level, place, count(*) AS filings FROM counted GROUP BY ALL
    UNION ALL
    SELECT 'family', area, label_level, place, count(*) FROM family GROUP BY ALL
),
series AS (
    SELECT
        area.area,
        area.area_code,
        area.credit,
        area.place_rule,
        area.last_complete_year,
        unit.unit,
        label_level.label_level
    FROM metrics.m00_area AS area
    CROSS JOIN (SELECT unnest(['application', 'family']) AS unit) AS unit
    CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
)
SELECT
    series.area,
    series.area_code,
    status.legal_status,
    CAST(coalesce(found.filings, 0) AS BIGINT) AS filings,
    CAST(coalesce(found.filings, 0) AS DOUBLE)
    / CAST(
        nullif(sum(found.filings) OVER (PARTITION BY series.area, series.unit, series.label_level), 0) AS DOUBLE
    ) AS share,
    series.unit,
    'not_applied' AS date_basis,
    series.credit,
    series.place_rule,
    'invention+utility_model' AS patent_types,
    series.label_level,
    series.last_complete_year
FROM series
CROSS JOIN status
LEFT JOIN found
    ON found.area = series.area
    AND found.unit = series.unit
    AND found.label_level = series.label_level
    AND found.place = status.place
