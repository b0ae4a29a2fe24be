-- title_zh: 供应链缺口
-- title_en: Gaps in the supply chain
-- question_zh: 产业链各产品在关注省有多少家企业，哪些缺失、哪些单薄，外省谁能补？
-- question_en: How many enterprises of the focus province offer each product of the chain, what is missing or thin, and who elsewhere could fill it?
-- figure: 6
-- grain_zh: 产业链环节与产品
-- grain_en: chain stage and product
-- conventions_zh: 本项目自定，依据企业名录的注册地：关注省没有为空白；其占比低于其占全部产品条目之比的一半为薄弱；其余为已有；
--   该产品不足 3 家企业时不判断；没有产品的条目不计入
-- conventions_en: house rule on the enterprise register by registered seat: blank where the province has none, thin
--   where its share is below half of its share of all product entries, else covered; not judged below 3 enterprises
--   of the product; entries without a product are left out; a house definition
-- column chain_stage: 产业链环节 / Stage of the chain
-- column product: 产品 / Product
-- column enterprises: 关注省企业数（家） / Enterprises of the focus province
-- column enterprises_everywhere: 全部企业数（家） / Enterprises of the register
-- column share: 关注省占比 / Share of the focus province
-- column share_of_entries: 关注省占全部产品条目之比 / Share of the focus province in all product entries
-- column gap: 判断：blank 缺失、thin 单薄、covered 具备 / Judgement: blank, thin, covered
-- column candidates: 外省可补的企业（按名称，至多十家） / Enterprises elsewhere that could fill it, ten at most by name
-- column reason: 未判断的原因：few_enterprises / Why there is no judgement
WITH entry AS (
    SELECT
        stage.chain_stage,
        stage.product,
        enterprise.enterprise_name,
        coalesce(enterprise.province_code = build.focus_province_code, false) AS is_here
    FROM core.enterprise_stage AS stage
    INNER JOIN core.enterprise AS enterprise ON enterprise.enterprise_id = stage.enterprise_id
    CROSS JOIN meta.build AS build
    WHERE stage.product <> ''
),
counted AS (
    SELECT
        chain_stage,
        product,
        count(*) FILTER (WHERE is_here) AS enterprises,
        count(*) AS enterprises_everywhere,
        list_sort(list(enterprise_name) FILTER (WHERE NOT is_here)) AS others
    FROM entry
    GROUP BY chain_stage, product
),
measured AS (
    SELECT
        counted.chain_stage,
        counted.product,
        counted.enterprises,
        counted.enterprises_everywhere,
        CAST(counted.enterprises AS DOUBLE) / CAST(nullif(counted.enterprises_everywhere, 0) AS DOUBLE) AS share,
        CAST(sum(counted.enterprises) OVER () AS DOUBLE)
        / CAST(nullif(sum(counted.enterprises_everywhere) OVER (), 0) AS DOUBLE) AS share_of_entries,
        array_to_string(list_slice(counted.others, 1, 10), '、') AS candidates
    FROM counted
)
SELECT
    measured.chain_stage,
    measured.product,
    CAST(measured.enterprises AS BIGINT) AS enterprises,
    CAST(measured.enterprises_everywhere AS BIGINT) AS enterprises_everywhere,
    measured.share,
    measured.share_of_entries,
    CASE
        WHEN measured.enterprises_everywhere < 3 THEN NULL
        WHEN measured.enterprises = 0 THEN 'blank'
        WHEN measured.share < 0.5 * measured.share_of_entries THEN 'thin'
        ELSE 'covered'
    END AS gap,
    measured.candidates,
    CASE WHEN measured.enterprises_everywhere < 3 THEN 'few_enterprises' END AS reason,
    'enterprise' AS unit,
    'not_applied' AS date_basis,
    'not_applied' AS credit,
    'registered_seat' AS place_rule,
    'not_applied' AS patent_types,
    'all' AS label_level,
    build.last_complete_year
FROM measured
CROSS JOIN meta.build AS build
