-- title_zh: 超越年
-- title_en: Year of overtaking
-- question_zh: 关注省从哪一年起每年都多于另一省？
-- question_en: From which year on has the focus province filed more than another province in every year?
-- figure: 2
-- grain_zh: 另一省份与标签口径
-- grain_en: other province and label level
-- conventions_zh: 中国局的申请，按第一申请人地址；超越年 y 为自该年起至最近完整年每年都领先的第一年；最近完整年未领先时留空；
--   另列全部年份的累计量与名次，因为可能逐年领先而累计落后
-- conventions_en: filings at the Chinese office by the first applicant's address; the first year y such that the
--   focus province is ahead in every complete year from y to the last one; empty where it is not ahead in the last
--   complete year; cumulative numbers and ranks of all years stand beside, for one may be ahead by the year and
--   behind in all
-- column province_code: 对比省代码 / The other province
-- column province_name: 对比省 / Its short name
-- column overtaking_year: 超越年 / First year of being ahead for good
-- column is_ahead_throughout: 自始至终领先 / Whether ahead in every complete year with filings of either
-- column applications: 关注省末年申请量（件） / Applications of the focus province in the last complete year
-- column other_applications: 对比省末年申请量（件） / Applications of the other province in that year
-- column margin: 领先量（件） / Lead in that year
-- column cumulative_rank: 关注省累计排名 / Rank of the focus province over all years
-- column other_cumulative_rank: 对比省累计排名 / Rank of the other province over all years
WITH focus AS (
    SELECT province.province_code, province.label_level, province.filing_year, province.applications
    FROM metrics.m04_province_year AS province
    INNER JOIN meta.build AS build ON build.focus_province_code = province.province_code
    WHERE province.is_complete_year
),
compared AS (
    SELECT
        other.province_code,
        other.province_name,
        other.label_level,
        other.filing_year,
        other.last_complete_year,
        focus.applications,
        other.applications AS other_applications,
        focus.applications > other.applications AS is_ahead,
        focus.applications + other.applications > 0 AS has_filings
    FROM metrics.m04_province_year AS other
    INNER JOIN focus ON focus.label_level = other.label_level AND focus.filing_year = other.filing_year
    WHERE other.place_kind = 'mainland' AND other.province_code <> focus.province_code
),
judged AS (
    SELECT
        compared.province_code,
        any_value(compared.province_name) AS province_name,
        compared.label_level,
        any_value(compared.last_complete_year) AS last_complete_year,
        max(compared.filing_year) FILTER (WHERE NOT compared.is_ahead) AS last_year_behind,
        min(compared.filing_year) AS first_year,
        bool_and(compared.is_ahead) FILTER (WHERE compared.has_filings) AS is_ahead_throughout,
        arg_max(compared.applications, compared.filing_year) AS applications,
        arg_max(compared.other_applications, compared.filing_year) AS other_applications
    FROM compared
    GROUP BY compared.province_code, compared.label_level
),
dated AS (
    SELECT
        judged.province_code,
        judged.province_name,
        judged.label_level,
        judged.last_complete_year,
        judged.is_ahead_throughout,
        judged.applications,
        judged.other_applications,
        CASE
            WHEN judged.last_year_behind IS NULL THEN judged.first_year
            WHEN judged.last_year_behind < judged.last_complete_year THEN judged.last_year_behind + 1
        END AS overtaking_year
    FROM judged
),
focus_total AS (
    SELECT ranking.label_level, ranking.rank
    FROM metrics.m04_province_ranking AS ranking
    INNER JOIN meta.build AS build ON build.focus_province_code = ranking.province_code
)
SELECT
    dated.province_code,
    dated.province_name,
    CAST(dated.overtaking_year AS INTEGER) AS overtaking_year,
    dated.is_ahead_throughout,
    CAST(dated.applications AS BIGINT) AS applications,
    CAST(dated.other_applications AS BIGINT) AS other_applications,
    CAST(dated.applications - dated.other_applications AS BIGINT) AS margin,
    focus_total.rank AS cumulative_rank,
    other_total.rank AS other_cumulative_rank,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant_at_cn_office' AS place_rule,
    'invention+utility_model' AS patent_types,
    dated.label_level,
    dated.last_complete_year
FROM dated
LEFT JOIN focus_total ON focus_total.label_level = dated.label_level
LEFT JOIN metrics.m04_province_ranking AS other_total
    ON other_total.label_level = dated.label_level AND other_total.province_code = dated.province_code
