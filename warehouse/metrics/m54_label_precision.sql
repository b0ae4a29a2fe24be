-- title_zh: 标签查准率
-- title_en: Precision of labels
-- question_zh: 专家复核过的核心标签有多大比例得到确认，区间多宽？
-- question_en: What share of the reviewed core labels did the experts confirm, and within which interval?
-- figure: none; data quality, published beside every figure
-- grain: the whole or a tier-3 branch
-- conventions: expert decisions on labels of filings in the data; of those that the rules alone call core, confirmed where
--   the expert says core too; 95 % Wilson interval (z = 1.96); missed are decisions for core where the rules say less;
--   decisions are the experts' choice and no random sample unless the sample was drawn so: then this is the precision
--   (查准率) of the rules, else their agreement with the experts; the sample is small below 30
-- column branch: 三级分支，空为整体 / Tier-3 branch, empty for the whole
-- column decisions: 有效复核决定数 / Decisions on filings in the data
-- column reviewed_labels: 其中规则判为核心者 / Of these core by the rules
-- column confirmed_labels: 其中专家确认者 / Of these confirmed
-- column missed_labels: 规则未判核心而专家判为核心者 / Core by the expert alone
-- column precision: 查准率 / Precision
-- column lowest_precision: 95% 区间下限 / Lower end of the 95 % interval
-- column highest_precision: 95% 区间上限 / Upper end of the 95 % interval
-- column is_small_base: 样本是否偏小 / Whether fewer than 30 labels were reviewed
-- column reason: 空值原因：nothing_reviewed / Why there is no precision
-- column unit: 计数单位：label 标签 / Unit of counting: label
WITH decided AS (
    SELECT branch, decision, rule_level FROM core.review_decision WHERE application_id IS NOT NULL
),
subject AS (
    SELECT CAST(NULL AS VARCHAR) AS branch
    UNION ALL
    SELECT branch.branch FROM core.branch AS branch
),
counted AS (
    SELECT
        subject.branch,
        count(decided.decision) AS decisions,
        count(*) FILTER (WHERE decided.rule_level = 'core') AS reviewed,
        count(*) FILTER (WHERE decided.rule_level = 'core' AND decided.decision = 'core') AS confirmed,
        count(*) FILTER (WHERE decided.rule_level IS DISTINCT FROM 'core' AND decided.decision = 'core') AS missed
    FROM subject
    LEFT JOIN decided ON subject.branch IS NULL OR decided.branch = subject.branch
    GROUP BY subject.branch
),
measured AS (
    SELECT
        counted.branch,
        counted.decisions,
        counted.reviewed,
        counted.confirmed,
        counted.missed,
        CAST(counted.reviewed AS DOUBLE) AS n,
        CAST(counted.confirmed AS DOUBLE) / CAST(nullif(counted.reviewed, 0) AS DOUBLE) AS p,
        CAST(1.96 AS DOUBLE) AS z
    FROM counted
),
interval_of AS (
    SELECT
        measured.branch,
        (measured.p + pow(measured.z, 2) / CAST(nullif(2 * measured.n, 0) AS DOUBLE))
        / CAST(nullif(1 + pow(measured.z, 2) / CAST(nullif(measured.n, 0) AS DOUBLE), 0) AS DOUBLE) AS centre,
        measured.z
        * sqrt(
            measured.p * (1 - measured.p) / CAST(nullif(measured.n, 0) AS DOUBLE)
            + pow(measured.z, 2) / CAST(nullif(4 * pow(measured.n, 2), 0) AS DOUBLE)
        )
        / CAST(nullif(1 + pow(measured.z, 2) / CAST(nullif(measured.n, 0) AS DOUBLE), 0) AS DOUBLE) AS half
    FROM measured
)
SELECT
    measured.branch,
    CAST(measured.decisions AS BIGINT) AS decisions,
    CAST(measured.reviewed AS BIGINT) AS reviewed_labels,
    CAST(measured.confirmed AS BIGINT) AS confirmed_labels,
    CAST(measured.missed AS BIGINT) AS missed_labels,
    measured.p AS precision,
    interval_of.centre - interval_of.half AS lowest_precision,
    interval_of.centre + interval_of.half AS highest_precision,
    measured.reviewed < 30 AS is_small_base,
    CASE WHEN measured.reviewed = 0 THEN 'nothing_reviewed' END AS reason,
    'label' AS unit,
    'not_applied' AS date_basis,
    'not_applied' AS credit,
    'not_applied' AS place_rule,
    'all' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM measured
INNER JOIN interval_of ON interval_of.branch IS NOT DISTINCT FROM measured.branch
CROSS JOIN meta.build AS build
