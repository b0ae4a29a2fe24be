-- title_zh: 技术生长系数
-- title_en: Coefficients of technical growth
-- question_zh: 技术生长率、技术成熟系数、技术衰老系数与新技术特征系数每年各是多少？
-- question_en: What are the technical growth rate, the maturity, ageing and novelty coefficients of each year?
-- figure: none; beside the maturity map
-- grain_zh: 申请年与标签口径
-- grain_en: filing year and label level
-- conventions_zh: 中国局的申请，三种专利类型俱全；a、b、c 为当年的发明、实用新型与外观设计，A 为当年与之前四年的发明之和；
--   v = a / A，alpha = a / (a + b)，
--   beta = (a + b) / (a + b + c)，n 为 v² + alpha² 的平方根；
--   数据的前四年 A 不全，v 与 n 留空；没有申请的年份记 0；v 上升为成长，
--   alpha 与 beta 下降为成熟与衰退
-- conventions_en: applications at the Chinese office, where all three kinds exist; a inventions, b utility models, c
--   designs of the year, A inventions of the year and the four before; v = a / A, alpha = a / (a + b), beta = (a + b)
--   / (a + b + c), n = square root of v² + alpha²; v and n are empty in the first four years of the data, whose A
--   would be short; years without filings stand with 0; a rising v is growth, falling alpha and beta are maturity and
--   ageing
-- column filing_year: 申请年 / Filing year
-- column inventions: 发明（件） / Inventions
-- column utility_models: 实用新型（件） / Utility models
-- column designs: 外观设计（件） / Designs
-- column recent_inventions: 五年内发明（件） / Inventions of the year and the four before
-- column growth_rate: 技术生长率 v / Technical growth rate v
-- column maturity_coefficient: 技术成熟系数 α / Maturity coefficient alpha
-- column ageing_coefficient: 技术衰老系数 β / Ageing coefficient beta
-- column novelty_coefficient: 新技术特征系数 N / Novelty coefficient n
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH core_labelled AS (
    SELECT DISTINCT application_id FROM core.application_branch WHERE level = 'core'
),
filed AS (
    SELECT
        application.filing_year,
        application.patent_type,
        core_labelled.application_id IS NOT NULL AS has_core_label
    FROM core.application AS application
    LEFT JOIN core_labelled ON core_labelled.application_id = application.application_id
    WHERE
        application.office = 'CN'
        AND application.filing_year IS NOT NULL
        AND application.patent_type IN ('invention', 'utility_model', 'design')
),
year_range AS (
    SELECT min(filing_year) AS first_year, max(filing_year) AS last_year FROM filed
),
filing_year AS (
    SELECT first_year, CAST(unnest(generate_series(first_year, last_year)) AS INTEGER) AS filing_year FROM year_range
),
yearly AS (
    SELECT
        label_level.label_level,
        filing_year.filing_year,
        filing_year.first_year,
        count(*) FILTER (WHERE filed.patent_type = 'invention') AS a,
        count(*) FILTER (WHERE filed.patent_type = 'utility_model') AS b,
        count(*) FILTER (WHERE filed.patent_type = 'design') AS c
    FROM filing_year
    CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
    LEFT JOIN filed
        ON filed.filing_year = filing_year.filing_year AND (label_level.label_level = 'all' OR filed.has_core_label)
    GROUP BY label_level.label_level, filing_year.filing_year, filing_year.first_year
),
summed AS (
    SELECT
        yearly.label_level,
        yearly.filing_year,
        yearly.a,
        yearly.b,
        yearly.c,
        CASE
            WHEN yearly.filing_year >= yearly.first_year + 4 THEN
                sum(yearly.a) OVER (
                    PARTITION BY yearly.label_level ORDER BY yearly.filing_year ROWS BETWEEN 4 PRECEDING AND CURRENT ROW
                )
        END AS recent
    FROM yearly
),
measured AS (
    SELECT
        summed.label_level,
        summed.filing_year,
        summed.a,
        summed.b,
        summed.c,
        summed.recent,
        CAST(summed.a AS DOUBLE) / CAST(nullif(summed.recent, 0) AS DOUBLE) AS v,
        CAST(summed.a AS DOUBLE) / CAST(nullif(summed.a + summed.b, 0) AS DOUBLE) AS alpha,
        CAST(summed.a + summed.b AS DOUBLE) / CAST(nullif(summed.a + summed.b + summed.c, 0) AS DOUBLE) AS beta
    FROM summed
)
SELECT
    measured.filing_year,
    CAST(measured.a AS BIGINT) AS inventions,
    CAST(measured.b AS BIGINT) AS utility_models,
    CAST(measured.c AS BIGINT) AS designs,
    CAST(measured.recent AS BIGINT) AS recent_inventions,
    measured.v AS growth_rate,
    measured.alpha AS maturity_coefficient,
    measured.beta AS ageing_coefficient,
    sqrt(pow(measured.v, 2) + pow(measured.alpha, 2)) AS novelty_coefficient,
    'application' AS unit,
    'filing_year' AS date_basis,
    area.credit,
    area.place_rule,
    'invention+utility_model+design' AS patent_types,
    measured.label_level,
    area.last_complete_year,
    measured.filing_year <= area.last_complete_year AS is_complete_year
FROM measured
INNER JOIN metrics.m00_area AS area ON area.area = 'cn_office'
