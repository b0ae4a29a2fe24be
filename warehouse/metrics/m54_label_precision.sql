-- title_zh: 标签查准率与查全率
-- title_en: Precision and recall of labels
-- question_zh: 规则的核心标签有多大比例得到专家确认，专家认定的核心标签规则找到了多少，区间多宽？
-- question_en: What share of the rules' core labels do experts confirm, what share of the experts' do the rules find, and within which intervals?
-- figure: none; data quality, published beside every figure
-- grain_zh: 总体或三级分支
-- grain_en: the whole or a tier-3 branch
-- conventions_zh: 专家对数据中申请的标签所作的决定，同一标签有多个决定时（不论针对该申请的哪份文献）取最近一个；查准率：
--   规则单独判为核心者中，专家也认为核心的比例；查全率：专家认为核心者（金标）中，规则单独也判为核心的比例；
--   95 % Wilson 区间（z = 1.96）；missed 为专家判为核心而规则判得较低的决定；决定由专家自选，
--   除非样本随机抽取，否则不是随机样本：只反映规则与专家在所看文献上的一致程度，没有人看过无标签的申请时查全率偏高；
--   不足 30 个为小样本
-- conventions_en: expert decisions on labels of filings in the data, of several on one label (of any documents of the
--   filing) the latest; precision: of those that the rules alone call core, confirmed where the expert says
--   core too; recall: of those that the expert calls core (the gold set), found where the rules alone do too;
--   95 % Wilson intervals (z = 1.96); missed are decisions for core where the rules say less; decisions are the
--   experts' choice and no random sample unless the sample was drawn so: else they measure agreement with the experts
--   on what they looked at, and recall is too high where nobody looked among filings without a label; a sample is
--   small below 30
-- column branch: 三级分支，空为整体 / Tier-3 branch, empty for the whole
-- column decisions: 有效复核决定数 / Decisions in force on filings in the data
-- column reviewed_labels: 其中规则判为核心者 / Of these core by the rules
-- column confirmed_labels: 其中专家确认者 / Of these confirmed
-- column missed_labels: 规则未判核心而专家判为核心者 / Core by the expert alone
-- column gold_labels: 专家判为核心者 / Core by the expert
-- column precision: 查准率 / Precision
-- column lowest_precision: 查准率 95% 区间下限 / Lower end of the 95 % interval of precision
-- column highest_precision: 查准率 95% 区间上限 / Upper end of the 95 % interval of precision
-- column recall: 查全率 / Recall
-- column lowest_recall: 查全率 95% 区间下限 / Lower end of the 95 % interval of recall
-- column highest_recall: 查全率 95% 区间上限 / Upper end of the 95 % interval of recall
-- column is_small_base: 样本是否偏小 / Whether fewer than 30 labels were reviewed
-- column reason: 查准率空值原因：nothing_reviewed / Why there is no precision
-- column unit: 计数单位：label 标签 / Unit of counting: label
WITH decided AS (
    SELECT branch, decision, rule_level
    FROM core.review_decision
    WHERE application_id IS NOT NULL
    QUALIFY
        row_number() OVER (
            PARTITION BY application_id, branch ORDER BY decision_date DESC, publication_number DESC
        ) = 1
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
        measure.measure,
        CAST(counted.confirmed AS DOUBLE) / CAST(nullif(measure.labels, 0) AS DOUBLE) AS p,
        CAST(measure.labels AS DOUBLE) AS n,
        CAST(1.96 AS DOUBLE) AS z
    FROM counted
    CROSS JOIN LATERAL (
        SELECT 'precision' AS measure, counted.reviewed AS labels
        UNION ALL
        SELECT 'recall', counted.confirmed + counted.missed
    ) AS measure
),
bounded AS (
    SELECT
        measured.branch,
        measured.measure,
        measured.p,
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
    counted.branch,
    CAST(counted.decisions AS BIGINT) AS decisions,
    CAST(counted.reviewed AS BIGINT) AS reviewed_labels,
    CAST(counted.confirmed AS BIGINT) AS confirmed_labels,
    CAST(counted.missed AS BIGINT) AS missed_labels,
    CAST(counted.confirmed + counted.missed AS BIGINT) AS gold_labels,
    precise.p AS precision,
    precise.centre - precise.half AS lowest_precision,
    precise.centre + precise.half AS highest_precision,
    recalled.p AS recall,
    recalled.centre - recalled.half AS lowest_recall,
    recalled.centre + recalled.half AS highest_recall,
    counted.reviewed < 30 AS is_small_base,
    CASE WHEN counted.reviewed = 0 THEN 'nothing_reviewed' END AS reason,
    'label' AS unit,
    'not_applied' AS date_basis,
    'not_applied' AS credit,
    'not_applied' AS place_rule,
    'all' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM counted
INNER JOIN bounded AS precise ON precise.branch IS NOT DISTINCT FROM counted.branch AND precise.measure = 'precision'
INNER JOIN bounded AS recalled ON recalled.branch IS NOT DISTINCT FROM counted.branch AND recalled.measure = 'recall'
CROSS JOIN meta.build AS build
