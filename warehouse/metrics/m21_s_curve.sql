-- title_zh: 技术生命周期 S 曲线
-- title_en: S-curve of the technology's life cycle
-- question_zh: 累计申请量走到 S 曲线的哪一段，上限、拐点与成长期各是多少？
-- question_en: How far along its S-curve has the field come, and where are its limit, turning point and growth period?
-- figure: none; asked by many navigation reports
-- grain_zh: 总体或三级分支，与模型
-- grain_en: the whole or a tier-3 branch, and model
-- conventions_zh: 带核心标签的申请按申请年累计，至最近完整年；三种模型：
--   logistic 为 L / (1 + exp(-k (t - t0)))，
--   gompertz 为 L exp(-exp(-k (t - t0)))，exponential 没有上限；
--   上限 L 取现有数量的倍数（步长 3 %，至多 84 倍）中，曲线经线性化与最小二乘拟合后平方误差最小者；
--   r_squared 按原数计算；
--   years_10_to_90 为从上限的一成到九成的年数（logistic 为 ln 81 / k）；本项目自定；
--   留空处以 reason 说明原因：有新申请的年份不足 6 年，或上限超过现有数量的 3 倍而数据尚未显示
-- conventions_en: applications with a core label, cumulative by filing year up to the last complete one; three
--   models: logistic L / (1 + exp(-k (t - t0))), gompertz L exp(-exp(-k (t - t0))) and exponential, which has no
--   limit; the limit L is the multiple of the present number (steps of 3 %, up to 84 times) whose curve, straightened
--   and fitted by least squares, has the least squared error; r_squared is of the numbers themselves; years_10_to_90
--   is the time from a tenth to nine tenths of the limit (ln 81 / k for the logistic); a house definition; with
--   `reason` where empty: fewer than 6 years with new filings, or a limit above 3 times the present number, which the
--   data do not show yet
-- column branch: 三级分支，空为整体 / Tier-3 branch, empty for the whole
-- column model: 模型：logistic、gompertz、exponential / Model
-- column years: 所用年数 / Years that are fitted
-- column first_year: 起始年 / First year
-- column last_year: 末年 / Last year
-- column cumulative_applications: 末年累计申请量（件） / Cumulative applications in the last year
-- column limit_applications: 上限 L（件） / Limit L
-- column saturation: 饱和度 / Cumulative applications over the limit
-- column inflection_year: 拐点 t0 / Turning point t0, as a year with decimals
-- column growth_constant: 增长常数 k / Growth constant k, per year
-- column years_10_to_90: 成长期（年） / Years from a tenth to nine tenths of the limit
-- column r_squared: 拟合优度 / R squared
-- column is_best: 是否三模型中最优 / Whether the best of the three models
-- column reason: 空值原因：too_few_years、far_from_limit、no_limit / Why there is no limit
WITH filed AS (
    SELECT CAST(NULL AS VARCHAR) AS branch, counted.filing_year
    FROM metrics.m00_counted_application AS counted
    WHERE counted.label_level = 'core'
    UNION ALL
    SELECT label.branch, counted.filing_year
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application_branch AS label
        ON label.application_id = counted.application_id AND label.level = 'core'
    WHERE counted.label_level = 'core'
),
subject AS (
    SELECT CAST(NULL AS VARCHAR) AS branch
    UNION ALL
    SELECT branch.branch FROM core.branch AS branch
),
yearly AS (
    SELECT branch, filing_year, count(*) AS applications
    FROM filed
    WHERE filing_year IS NOT NULL
    GROUP BY branch, filing_year
),
complete_year AS (
    SELECT DISTINCT filing_year FROM metrics.m01_filing_trend WHERE area = 'all' AND is_complete_year
),
grown AS (
    SELECT
        subject.branch,
        complete_year.filing_year,
        yearly.applications,
        sum(coalesce(yearly.applications, 0)) OVER (PARTITION BY subject.branch ORDER BY complete_year.filing_year) AS held
    FROM subject
    CROSS JOIN complete_year
    LEFT JOIN yearly
        ON yearly.branch IS NOT DISTINCT FROM subject.branch AND yearly.filing_year = complete_year.filing_year
),
observed AS (
    SELECT branch, filing_year, applications, CAST(held AS DOUBLE) AS held, filing_year - min(filing_year) OVER own AS t
    FROM grown
    WHERE held > 0
    WINDOW own AS (PARTITION BY branch)
),
present AS (
    SELECT
        branch,
        count(*) AS years,
        min(filing_year) AS first_year,
        max(filing_year) AS last_year,
        max(held) AS held,
        avg(held) AS mean_held,
        -- Years in which nothing was filed repeat the number before them: they make a step, and no curve.
        count(applications) >= 6 AS is_fitted
    FROM observed
    GROUP BY branch
),
candidate AS (
    SELECT present.branch, model.model, present.held * pow(1.03, step.step) AS limit_held
    FROM present
    CROSS JOIN (SELECT unnest(['logistic', 'gompertz']) AS model) AS model
    CROSS JOIN (SELECT CAST(unnest(generate_series(1, 150)) AS DOUBLE) AS step) AS step
    WHERE present.is_fitted
    UNION ALL
    SELECT present.branch, 'exponential', CAST(NULL AS DOUBLE)
    FROM present
    WHERE present.is_fitted
),
straightened AS (
    SELECT
        candidate.branch,
        candidate.model,
        candidate.limit_held,
        observed.t,
        observed.held,
        CASE candidate.model
            WHEN 'logistic' THEN ln(candidate.limit_held / CAST(nullif(observed.held, 0) AS DOUBLE) - 1)
            WHEN 'gompertz' THEN ln(ln(candidate.limit_held / CAST(nullif(observed.held, 0) AS DOUBLE)))
            ELSE ln(observed.held)
        END AS z
    FROM candidate
    INNER JOIN observed ON observed.branch IS NOT DISTINCT FROM candidate.branch
),
line AS (
    SELECT branch, model, limit_held, regr_slope(z, t) AS slope, regr_intercept(z, t) AS intercept
    FROM straightened
    GROUP BY branch, model, limit_held
),
erring AS (
    SELECT
        line.branch,
        line.model,
        line.limit_held,
        line.slope,
        line.intercept,
        sum(
            pow(
                observed.held
                - CASE line.model
                    WHEN 'logistic' THEN
                        line.limit_held
                        / CAST(nullif(1 + exp(line.intercept + line.slope * observed.t), 0) AS DOUBLE)
                    WHEN 'gompertz' THEN line.limit_held * exp(-exp(line.intercept + line.slope * observed.t))
                    ELSE exp(line.intercept + line.slope * observed.t)
                END,
                2
            )
        ) AS squared_error
    FROM line
    INNER JOIN observed ON observed.branch IS NOT DISTINCT FROM line.branch
    GROUP BY line.branch, line.model, line.limit_held, line.slope, line.intercept
),
spread AS (
    SELECT observed.branch, sum(pow(observed.held - present.mean_held, 2)) AS squared_spread
    FROM observed
    INNER JOIN present ON present.branch IS NOT DISTINCT FROM observed.branch
    GROUP BY observed.branch
),
fitted AS (
    SELECT
        erring.branch,
        erring.model,
        erring.limit_held,
        erring.slope,
        erring.intercept,
        1 - erring.squared_error / CAST(nullif(spread.squared_spread, 0) AS DOUBLE) AS r_squared
    FROM erring
    INNER JOIN spread ON spread.branch IS NOT DISTINCT FROM erring.branch
    QUALIFY
        row_number() OVER (
            PARTITION BY erring.branch, erring.model ORDER BY erring.squared_error, erring.limit_held
        ) = 1
),
judged AS (
    SELECT
        subject.branch,
        model.model,
        coalesce(present.years, 0) AS years,
        present.first_year,
        present.last_year,
        coalesce(present.held, 0) AS held,
        CASE WHEN fitted.limit_held <= 3 * present.held THEN fitted.limit_held END AS limit_held,
        fitted.slope,
        fitted.intercept,
        fitted.r_squared,
        CASE
            WHEN NOT coalesce(present.is_fitted, false) THEN 'too_few_years'
            WHEN model.model = 'exponential' THEN 'no_limit'
            WHEN fitted.limit_held > 3 * present.held THEN 'far_from_limit'
        END AS reason
    FROM subject
    CROSS JOIN (SELECT unnest(['logistic', 'gompertz', 'exponential']) AS model) AS model
    LEFT JOIN present ON present.branch IS NOT DISTINCT FROM subject.branch
    LEFT JOIN fitted ON fitted.branch IS NOT DISTINCT FROM subject.branch AND fitted.model = model.model
)
SELECT
    judged.branch,
    judged.model,
    CAST(judged.years AS INTEGER) AS years,
    judged.first_year,
    judged.last_year,
    CAST(judged.held AS BIGINT) AS cumulative_applications,
    judged.limit_held AS limit_applications,
    judged.held / CAST(nullif(judged.limit_held, 0) AS DOUBLE) AS saturation,
    CASE
        WHEN judged.limit_held IS NOT NULL THEN
            judged.first_year - judged.intercept / CAST(nullif(judged.slope, 0) AS DOUBLE)
    END AS inflection_year,
    CASE WHEN judged.limit_held IS NOT NULL THEN -judged.slope END AS growth_constant,
    CASE
        WHEN judged.limit_held IS NOT NULL THEN
            CASE judged.model WHEN 'logistic' THEN ln(81) ELSE ln(ln(10)) - ln(-ln(0.9)) END
            / CAST(nullif(-judged.slope, 0) AS DOUBLE)
    END AS years_10_to_90,
    judged.r_squared,
    judged.r_squared IS NOT NULL
    AND judged.r_squared = max(judged.r_squared) OVER (PARTITION BY judged.branch) AS is_best,
    judged.reason,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM judged
CROSS JOIN meta.build AS build
