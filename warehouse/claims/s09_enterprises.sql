-- seed: 9
-- figure: enterprise_stage
-- title_zh: 产业链重点企业
-- title_en: Key enterprises along the chain
-- sentence_zh: 重点企业涵盖上游的{upstream_zh}，中游的{midstream_zh}，下游的{downstream_zh}。
-- sentence_en: Key enterprises stand upstream ({upstream_en}), midstream ({midstream_en}) and downstream ({downstream_en}).
-- otherwise_zh: 企业名录所载的上游企业有{upstream_zh}，中游有{midstream_zh}，下游有{downstream_zh}。
-- otherwise_en: The register has enterprises upstream ({upstream_en}), midstream ({midstream_en}) and downstream ({downstream_en}).
-- condition_zh: 中芯国际、长江存储、华为在上游，浪潮、中兴、新华三在中游，联通、阿里巴巴、腾讯、网易在下游
-- condition_en: SMIC, YMTC, Huawei upstream; Inspur, ZTE, H3C midstream; Unicom, Alibaba, Tencent, NetEase downstream
WITH english AS (
    SELECT link.enterprise_id, min(applicant.name_en) AS name_en
    FROM core.enterprise_applicant AS link
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
    GROUP BY link.enterprise_id
),
entry AS (
    SELECT DISTINCT
        stage.chain_stage,
        enterprise.enterprise_id,
        enterprise.enterprise_name,
        coalesce(english.name_en, enterprise.enterprise_name) AS name_en,
        enterprise.source
    FROM core.enterprise AS enterprise
    INNER JOIN core.enterprise_stage AS stage ON stage.enterprise_id = enterprise.enterprise_id
    LEFT JOIN english ON english.enterprise_id = enterprise.enterprise_id
),
shown AS (
    SELECT
        entry.chain_stage,
        entry.enterprise_id,
        entry.enterprise_name,
        entry.name_en,
        row_number() OVER (
            PARTITION BY entry.chain_stage ORDER BY entry.source <> 'seed report', entry.enterprise_id
        ) AS place
    FROM entry
),
told AS (
    SELECT
        list(enterprise_id) FILTER (WHERE chain_stage = 'upstream') AS upstream,
        list(enterprise_id) FILTER (WHERE chain_stage = 'midstream') AS midstream,
        list(enterprise_id) FILTER (WHERE chain_stage = 'downstream') AS downstream,
        string_agg(enterprise_name, '、' ORDER BY place) FILTER (WHERE chain_stage = 'upstream' AND place <= 5)
            AS upstream_zh,
        string_agg(name_en, '; ' ORDER BY place) FILTER (WHERE chain_stage = 'upstream' AND place <= 5)
            AS upstream_en,
        string_agg(enterprise_name, '、' ORDER BY place) FILTER (WHERE chain_stage = 'midstream' AND place <= 5)
            AS midstream_zh,
        string_agg(name_en, '; ' ORDER BY place) FILTER (WHERE chain_stage = 'midstream' AND place <= 5)
            AS midstream_en,
        string_agg(enterprise_name, '、' ORDER BY place) FILTER (WHERE chain_stage = 'downstream' AND place <= 5)
            AS downstream_zh,
        string_agg(name_en, '; ' ORDER BY place) FILTER (WHERE chain_stage = 'downstream' AND place <= 5)
            AS downstream_en
    FROM shown
)
SELECT
    list_has_all(upstream, ['smic', 'ymtc', 'huawei'])
    AND list_has_all(midstream, ['inspur', 'zte', 'h3c'])
    AND list_has_all(downstream, ['unicom', 'alibaba', 'tencent', 'netease']) AS holds,
    concat(len(upstream), ' / ', len(midstream), ' / ', len(downstream)) AS found,
    CASE WHEN upstream IS NULL OR midstream IS NULL OR downstream IS NULL THEN '各环节的企业名录' END AS missing_zh,
    CASE WHEN upstream IS NULL OR midstream IS NULL OR downstream IS NULL THEN 'enterprises at every stage' END AS missing_en,
    upstream_zh,
    upstream_en,
    midstream_zh,
    midstream_en,
    downstream_zh,
    downstream_en
FROM told
