-- seed: 12
-- figure: enterprise_stage
-- title_zh: 产业链强弱环节
-- title_en: Strong and weak stages
-- sentence_zh: 从产业链看，{province_zh}在{strong_zh}较强，在{weak_zh}较弱（下、中、上游企业 {downstream}、{midstream}、{upstream} 家）。
-- sentence_en: Along the chain {province_en} is strong {strong_en} and weak {weak_en} ({downstream} enterprises downstream, {midstream} midstream, {upstream} upstream).
-- otherwise_zh: 从产业链看，{province_zh}较强的环节是{strong_zh}，较弱的是{weak_zh}（下、中、上游企业 {downstream}、{midstream}、{upstream} 家）。
-- otherwise_en: Along the chain {province_en} is strong: {strong_en}; weak: {weak_en} ({downstream} enterprises downstream, {midstream} midstream, {upstream} upstream).
-- condition_zh: 下游与中游的区位商不低于 1.05，上游不高于 0.95
-- condition_en: location quotient at least 1.05 downstream and midstream, at most 0.95 upstream
WITH stage AS (
    SELECT
        position.chain_stage,
        position.position,
        position.reason,
        position.enterprises,
        CASE position.chain_stage WHEN 'upstream' THEN 3 WHEN 'midstream' THEN 2 ELSE 1 END AS place,
        CASE position.chain_stage WHEN 'upstream' THEN '上游' WHEN 'midstream' THEN '中游' ELSE '下游' END AS stage_zh
    FROM metrics.m41_positioning AS position
),
told AS (
    SELECT
        list(chain_stage ORDER BY place) FILTER (WHERE position = 'strong') AS strong,
        list(chain_stage ORDER BY place) FILTER (WHERE position = 'weak') AS weak,
        coalesce(string_agg(stage_zh, '、' ORDER BY place) FILTER (WHERE position = 'strong'), '（无）') AS strong_zh,
        coalesce(string_agg(chain_stage, ' and ' ORDER BY place) FILTER (WHERE position = 'strong'), 'nowhere') AS strong_en,
        coalesce(string_agg(stage_zh, '、' ORDER BY place) FILTER (WHERE position = 'weak'), '（无）') AS weak_zh,
        coalesce(string_agg(chain_stage, ' and ' ORDER BY place) FILTER (WHERE position = 'weak'), 'nowhere') AS weak_en,
        max(enterprises) FILTER (WHERE chain_stage = 'upstream') AS upstream,
        max(enterprises) FILTER (WHERE chain_stage = 'midstream') AS midstream,
        max(enterprises) FILTER (WHERE chain_stage = 'downstream') AS downstream,
        coalesce(max(reason), CASE WHEN count(*) = 0 THEN 'no_register' END) AS reason
    FROM stage
),
province AS (
    SELECT region.short_name AS province_zh, coalesce(region.name_en, region.short_name) AS province_en
    FROM core.region AS region
    INNER JOIN meta.build AS build ON build.focus_province_code = region.region_code
)
SELECT
    coalesce(told.strong = ['downstream', 'midstream'] AND told.weak = ['upstream'], false) AS holds,
    concat('strong: ', told.strong_en, '; weak: ', told.weak_en) AS found,
    CASE WHEN told.reason IS NOT NULL THEN '足够大的企业名录（本省与外省各至少 10 个环节条目，每个环节都有企业）' END AS missing_zh,
    CASE
        WHEN told.reason IS NOT NULL
        THEN 'a register with at least 10 stage entries in the province and 10 elsewhere, and an enterprise at every stage'
    END AS missing_en,
    coalesce(province.province_zh, '') AS province_zh,
    coalesce(province.province_en, '') AS province_en,
    told.strong_zh,
    told.strong_en,
    told.weak_zh,
    told.weak_en,
    told.upstream,
    told.midstream,
    told.downstream
FROM told
LEFT JOIN province ON true
