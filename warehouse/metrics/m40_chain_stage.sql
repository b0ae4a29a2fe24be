-- title_zh: 产业链企业分布
-- title_en: Enterprises along the chain
-- question_zh: 全国、关注省、关注市的企业在产业链各环节如何分布？
-- question_en: How are the enterprises of the country, the focus province and the focus city spread over the chain?
-- figure: 6
-- grain_zh: 范围与产业链环节
-- grain_en: area and chain stage
-- conventions_zh: 企业名录（core.enterprise）中的企业，按注册地；一家企业可在多个环节，故各环节之和大于企业数；
--   没有环节的企业单独成行（unknown），计入占比的分母
-- conventions_en: distinct enterprises of the register (core.enterprise) by registered seat; one enterprise may stand
--   at several stages, so that stages add up to more than the enterprises; the register's enterprises without a stage
--   have a row of their own (unknown), which stays in the denominator of the shares
-- column area: 范围：all 全部、focus_province 关注省、focus_city 关注市 / Area: everywhere, the focus province, the focus city
-- column area_code: 范围代码 / Code of the area, empty for everywhere
-- column chain_stage: 产业链环节 / Stage of the chain: upstream, midstream, downstream, user, unknown
-- column enterprises: 企业数（家） / Enterprises at the stage
-- column products: 产品种类数 / Different products named at the stage
-- column share: 占该范围环节条目之比，含未知 / Share of the area's stage entries, unknown ones with them
-- column rank: 环节排名 / Rank of the stage in the area
WITH build AS (
    SELECT focus_province_code, focus_city_code, last_complete_year FROM meta.build
),
seated AS (
    SELECT 'all' AS area, enterprise.enterprise_id FROM core.enterprise AS enterprise
    UNION ALL
    SELECT 'focus_province', enterprise.enterprise_id
    FROM core.enterprise AS enterprise
    SEMI JOIN build ON build.focus_province_code = enterprise.province_code
    UNION ALL
    SELECT 'focus_city', enterprise.enterprise_id
    FROM core.enterprise AS enterprise
    SEMI JOIN build
        ON build.focus_province_code = enterprise.province_code AND build.focus_city_code = enterprise.city_code
),
area AS (
    SELECT 'all' AS area, CAST(NULL AS VARCHAR) AS area_code
    UNION ALL
    SELECT 'focus_province', build.focus_province_code FROM build
    UNION ALL
    SELECT 'focus_city', build.focus_city_code FROM build
),
stage AS (
    SELECT unnest(['upstream', 'midstream', 'downstream', 'user', 'unknown']) AS chain_stage
),
counted AS (
    SELECT
        seated.area,
        coalesce(entry.chain_stage, 'unknown') AS chain_stage,
        count(DISTINCT seated.enterprise_id) AS enterprises,
        count(DISTINCT nullif(entry.product, '')) AS products
    FROM seated
    LEFT JOIN core.enterprise_stage AS entry ON entry.enterprise_id = seated.enterprise_id
    GROUP BY seated.area, coalesce(entry.chain_stage, 'unknown')
),
placed AS (
    SELECT
        area.area,
        area.area_code,
        stage.chain_stage,
        coalesce(counted.enterprises, 0) AS enterprises,
        coalesce(counted.products, 0) AS products
    FROM area
    CROSS JOIN stage
    LEFT JOIN counted ON counted.area = area.area AND counted.chain_stage = stage.chain_stage
)
SELECT
    placed.area,
    placed.area_code,
    placed.chain_stage,
    CAST(placed.enterprises AS BIGINT) AS enterprises,
    CAST(placed.products AS BIGINT) AS products,
    CAST(placed.enterprises AS DOUBLE)
    / CAST(nullif(sum(placed.enterprises) OVER (PARTITION BY placed.area), 0) AS DOUBLE) AS share,
    CASE
        WHEN placed.chain_stage <> 'unknown' THEN
            CAST(
                rank() OVER (
                    PARTITION BY placed.area, placed.chain_stage = 'unknown' ORDER BY placed.enterprises DESC
                ) AS INTEGER
            )
    END AS rank,
    'enterprise' AS unit,
    'not_applied' AS date_basis,
    'not_applied' AS credit,
    'registered_seat' AS place_rule,
    'not_applied' AS patent_types,
    'all' AS label_level,
    build.last_complete_year
FROM placed
CROSS JOIN build
