-- title_zh: 产业链强弱定位
-- title_en: Strong and weak stages of the chain
-- question_zh: 与全国相比，关注省在产业链哪些环节强、哪些环节弱？
-- question_en: Compared with the country, at which stages of the chain is the focus province strong or weak?
-- figure: 6
-- grain_zh: 产业链环节
-- grain_en: chain stage
-- conventions_zh: 本项目自定，依据企业名录：区位商 = 该环节占关注省环节条目之比 ÷ 占全部环节条目之比；没有环节的企业不计入，
--   同 m31_location_quotient；不低于 1.05 为强，不高于 0.95 为弱，其余为相当；
--   关注省不足 10 个环节条目、省外不足 10 个或该环节没有企业时不判断；
--   另列关注省中国局申请在该环节各节点所涉分支的专利优势指数（RTA），分支属多个环节时各计一次
-- conventions_en: house rule on the enterprise register: location quotient = the stage's share of the province's
--   stage entries over its share of all entries; enterprises without a stage are left out, as in
--   m31_location_quotient; strong at 1.05 or more, weak at 0.95 or less, else even; no judgement without at least 10
--   stage entries in the province and 10 elsewhere, or of a stage that nobody has; beside it the advantage (RTA) of
--   the province's filings at the Chinese office in the branches of the stage's chain nodes, a branch at several
--   stages counting at each
-- column chain_stage: 产业链环节 / Stage of the chain
-- column enterprises: 关注省企业数（家） / Enterprises of the focus province at the stage
-- column share: 占关注省环节条目之比 / Share of the province's stage entries
-- column enterprises_everywhere: 全部企业数（家） / Enterprises of the register at the stage
-- column share_everywhere: 占全部环节条目之比 / Share of all stage entries
-- column location_quotient: 区位商 / Location quotient
-- column rank: 关注省内排名 / Rank of the stage in the province by enterprises
-- column applications: 关注省相关申请（件·分支） / Assignments of the province in the stage's branches
-- column rta: 专利优势指数 / Advantage of the province's filings at the Chinese office
-- column position: 定位：strong 强、even 相当、weak 弱 / Position: strong, even, weak
-- column reason: 未判断的原因：register_too_small、empty_stage / Why there is no position
WITH entered AS (
    SELECT
        stage.area,
        stage.chain_stage,
        stage.enterprises,
        stage.rank,
        sum(stage.enterprises) OVER (PARTITION BY stage.area) AS entries
    FROM metrics.m40_chain_stage AS stage
    WHERE stage.chain_stage <> 'unknown'
),
placed AS (
    SELECT
        entered.area,
        entered.chain_stage,
        entered.enterprises,
        entered.rank,
        entered.entries,
        CAST(entered.enterprises AS DOUBLE) / CAST(nullif(entered.entries, 0) AS DOUBLE) AS share
    FROM entered
    WHERE entered.chain_stage <> 'user'
),
province AS (
    SELECT chain_stage, enterprises, share, rank, entries FROM placed WHERE area = 'focus_province'
),
everywhere AS (
    SELECT chain_stage, enterprises, share, entries FROM placed WHERE area = 'all'
),
branch_stage AS (
    SELECT DISTINCT node.chain_stage, unnest(node.branches) AS branch FROM core.chain_node AS node
),
filed AS (
    SELECT
        branch_stage.chain_stage,
        counted.province_code IS NOT DISTINCT FROM build.focus_province_code AS is_focus,
        count(*) AS applications
    FROM core.application_branch AS label
    INNER JOIN branch_stage ON branch_stage.branch = label.branch
    INNER JOIN metrics.m00_counted_application AS counted
        ON counted.application_id = label.application_id AND counted.label_level = 'core'
    CROSS JOIN meta.build AS build
    WHERE label.level = 'core' AND counted.office = 'CN' AND counted.place_kind = 'mainland'
    GROUP BY ALL
),
advantage AS (
    SELECT
        filed.chain_stage,
        coalesce(sum(filed.applications) FILTER (WHERE filed.is_focus), 0) AS here,
        sum(filed.applications) AS everywhere
    FROM filed
    GROUP BY filed.chain_stage
),
measured AS (
    SELECT
        province.chain_stage,
        province.enterprises,
        province.share,
        everywhere.enterprises AS enterprises_everywhere,
        everywhere.share AS share_everywhere,
        province.share / CAST(nullif(everywhere.share, 0) AS DOUBLE) AS location_quotient,
        province.rank,
        coalesce(advantage.here, 0) AS applications,
        CAST(advantage.here AS DOUBLE) / CAST(nullif(sum(advantage.here) OVER (), 0) AS DOUBLE)
        / CAST(
            nullif(
                CAST(advantage.everywhere AS DOUBLE) / CAST(nullif(sum(advantage.everywhere) OVER (), 0) AS DOUBLE), 0
            ) AS DOUBLE
        ) AS rta,
        province.entries >= 10 AND everywhere.entries - province.entries >= 10 AS is_judged
    FROM province
    INNER JOIN everywhere ON everywhere.chain_stage = province.chain_stage
    LEFT JOIN advantage ON advantage.chain_stage = province.chain_stage
)
SELECT
    measured.chain_stage,
    measured.enterprises,
    measured.share,
    measured.enterprises_everywhere,
    measured.share_everywhere,
    measured.location_quotient,
    measured.rank,
    CAST(measured.applications AS BIGINT) AS applications,
    measured.rta,
    CASE
        WHEN NOT measured.is_judged OR measured.location_quotient IS NULL THEN NULL
        WHEN measured.location_quotient >= 1.05 THEN 'strong'
        WHEN measured.location_quotient <= 0.95 THEN 'weak'
        ELSE 'even'
    END AS position,
    CASE
        WHEN NOT measured.is_judged THEN 'register_too_small'
        WHEN measured.location_quotient IS NULL THEN 'empty_stage'
    END AS reason,
    'enterprise' AS unit,
    'not_applied' AS date_basis,
    'first' AS credit,
    'registered_seat' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year
FROM measured
CROSS JOIN meta.build AS build
