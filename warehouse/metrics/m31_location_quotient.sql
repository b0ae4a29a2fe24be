-- title_zh: 地市产业链区位商
-- title_en: Location quotient of cities along the chain
-- question_zh: 与全国相比，关注省各地市的企业更集中在产业链哪个环节？
-- question_en: Compared with the country, at which stage of the chain do the enterprises of each city of the focus province gather?
-- figure: 8
-- grain_zh: 关注省的地市（或未知）与产业链环节
-- grain_en: city of the focus province (or unknown) and chain stage
-- conventions_zh: 企业名录中的企业，按注册地，在其每个环节各计一次；
--   区位商 = 该环节占该市环节条目之比 ÷ 该环节占名录全部环节条目之比；1 为全国构成；
--   该市不足 10 个环节条目（本项目自定阈值）或该环节没有企业时留空，以 reason 说明原因；
--   没有环节的企业不计入；地市未知者单独成行
-- conventions_en: distinct enterprises of the register by registered seat at each of their stages; quotient = the
--   stage's share of the city's stage entries over its share of all entries of the register; 1 is the country's mix;
--   empty below 10 stage entries of the city (house threshold) and for a stage that nobody has, with `reason`;
--   enterprises without a stage are left out; a city that is not known stands as its own row
-- column city_code: 地市代码，空为未知 / City, GB/T 2260, empty for unknown
-- column city_name: 地市名称 / Name of the city
-- column chain_stage: 产业链环节 / Stage of the chain: upstream, midstream, downstream, user
-- column enterprises: 企业数（家） / Enterprises of the city at the stage
-- column city_entries: 该市环节条目合计 / Stage entries of the city
-- column enterprises_everywhere: 全部企业数（家） / Enterprises of the register at the stage
-- column location_quotient: 区位商 / Location quotient
-- column reason: 空值原因：too_few_entries、empty_stage / Why there is no quotient
WITH entry AS (
    SELECT DISTINCT enterprise_id, chain_stage FROM core.enterprise_stage
),
everywhere AS (
    SELECT chain_stage, count(*) AS enterprises FROM entry GROUP BY chain_stage
),
here AS (
    SELECT enterprise.city_code, entry.chain_stage, count(*) AS enterprises
    FROM entry
    INNER JOIN core.enterprise AS enterprise ON enterprise.enterprise_id = entry.enterprise_id
    INNER JOIN meta.build AS build ON build.focus_province_code = enterprise.province_code
    GROUP BY enterprise.city_code, entry.chain_stage
),
city AS (
    SELECT region.region_code AS city_code
    FROM core.region AS region
    INNER JOIN meta.build AS build ON build.focus_province_code = region.parent_code
    WHERE region.region_level = 'city' AND region.region_status = 'current'
    UNION
    SELECT city_code FROM here
    UNION
    SELECT CAST(NULL AS VARCHAR)
),
grid AS (
    SELECT
        city.city_code,
        stage.chain_stage,
        coalesce(here.enterprises, 0) AS enterprises,
        coalesce(everywhere.enterprises, 0) AS enterprises_everywhere
    FROM city
    CROSS JOIN (SELECT unnest(['upstream', 'midstream', 'downstream', 'user']) AS chain_stage) AS stage
    LEFT JOIN here ON here.city_code IS NOT DISTINCT FROM city.city_code AND here.chain_stage = stage.chain_stage
    LEFT JOIN everywhere ON everywhere.chain_stage = stage.chain_stage
),
summed AS (
    SELECT
        grid.city_code,
        grid.chain_stage,
        grid.enterprises,
        grid.enterprises_everywhere,
        sum(grid.enterprises) OVER (PARTITION BY grid.city_code) AS city_entries,
        sum(grid.enterprises_everywhere) OVER (PARTITION BY grid.city_code) AS entries_everywhere
    FROM grid
)
SELECT
    summed.city_code,
    CASE WHEN summed.city_code IS NULL THEN '未知' ELSE coalesce(region.short_name, summed.city_code) END AS city_name,
    summed.chain_stage,
    CAST(summed.enterprises AS BIGINT) AS enterprises,
    CAST(summed.city_entries AS BIGINT) AS city_entries,
    CAST(summed.enterprises_everywhere AS BIGINT) AS enterprises_everywhere,
    CASE
        WHEN summed.city_entries >= 10 THEN
            CAST(summed.enterprises AS DOUBLE) / CAST(nullif(summed.city_entries, 0) AS DOUBLE)
            / CAST(
                nullif(
                    CAST(summed.enterprises_everywhere AS DOUBLE) / CAST(nullif(summed.entries_everywhere, 0) AS DOUBLE), 0
                ) AS DOUBLE
            )
    END AS location_quotient,
    CASE
        WHEN summed.city_entries < 10 THEN 'too_few_entries'
        WHEN summed.enterprises_everywhere = 0 THEN 'empty_stage'
    END AS reason,
    'enterprise' AS unit,
    'not_applied' AS date_basis,
    'not_applied' AS credit,
    'registered_seat' AS place_rule,
    'not_applied' AS patent_types,
    'all' AS label_level,
    build.last_complete_year
FROM summed
CROSS JOIN meta.build AS build
LEFT JOIN core.region AS region ON region.region_code = summed.city_code
