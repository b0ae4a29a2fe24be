-- title_zh: 高价值发明专利
-- title_en: High-value inventions
-- question_zh: 有效发明专利中有多少属高价值，上下限各是多少？
-- question_en: How many inventions in force are of high value, at least and at most?
-- figure: none; asked by every navigation report
-- grain_zh: 范围、标准与标签口径
-- grain_en: area, criterion and label level
-- conventions_zh: 中国局的有效发明（法律状态为有效）；国家统计的五项标准，各为是、否或未知：同族有海外成员，
--   数据中有一件或优先权属国外局即为是（国际申请不说明布局了哪些局），
--   只有导出写明同族规模且数据中的申请已达该规模时才为否，因为一份导出可能只含同族的一部分；授权后维持超过十年，
--   以中国局截止日为准；战略性新兴产业、质押融资与获奖三项不在数据中，全部未知；any 为有一项是即是，五项都否才否，
--   只要三项未知，其上限恒为 1；any_known 只看数据能回答的两项；下限为是，上限为是与未知之和：未知不等于否
-- conventions_en: inventions at the Chinese office in force (legal status active); the five criteria of the Chinese
--   statistic, each yes, no or unknown: an overseas member in the family is yes where one is in the data or a
--   priority is of a national office abroad (an international one says nothing of offices), and no only where the
--   vendor states a size of the family that the filings in the data reach, since an export may hold any part of a
--   family; in force more than ten years after grant, at the Chinese office's cut-off; emerging strategic industry,
--   pledge financing and award, which these data do not hold and which are unknown for all; 'any' is yes where one
--   criterion is, no where all five are, so that its upper bound is 1 as long as three are unknown; 'any_known' looks
--   at the two criteria that these data can answer; bounds are yes and yes + unknown: unknown is not no
-- column area: 范围：cn_office 中国局、focus_province 关注省 / Area: the Chinese office, the focus province
-- column criterion: 条件：overseas_family 海外同族、long_maintained 授权后维持超过十年、strategic_industry 战略性新兴产业、pledge 质押融资、award 获奖、any 任一、any_known 数据可判的两项之一 / Criterion
-- column inventions: 有效发明（件） / Inventions in force
-- column yes_inventions: 符合（件） / Of these yes
-- column no_inventions: 不符合（件） / Of these no
-- column unknown_inventions: 未知（件） / Of these unknown
-- column lowest_share: 占比下限 / Share at least
-- column highest_share: 占比上限 / Share at most
WITH held AS (
    SELECT
        area.area,
        counted.label_level,
        counted.family_id,
        application.grant_date + to_years(10) < area.cut_off_date AS is_long_maintained
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    INNER JOIN metrics.m00_area AS area
        ON area.area = 'cn_office' OR (area.area = 'focus_province' AND counted.province_code = area.area_code)
    WHERE counted.office = 'CN' AND counted.patent_type = 'invention' AND application.legal_status = 'active'
),
document AS (
    SELECT application.family_id, publication.priority_numbers, publication.vendor_family_size
    FROM core.publication AS publication
    INNER JOIN core.application AS application ON application.application_id = publication.application_id
    SEMI JOIN held ON held.family_id = application.family_id
),
claimed AS (
    SELECT family_id, unnest(priority_numbers) AS priority_number FROM document
),
-- Whether it is in the data or not, a filing whose priority is claimed is a member of the family.
claimed_abroad AS (
    SELECT DISTINCT claimed.family_id
    FROM claimed
    INNER JOIN core.office AS office ON office.office = left(claimed.priority_number, 2)
    WHERE office.is_national AND office.office <> 'CN'
),
stated AS (
    SELECT family_id, max(vendor_family_size) AS members FROM document GROUP BY family_id
),
valid AS (
    SELECT
        held.area,
        held.label_level,
        CASE
            WHEN len(list_distinct(family.offices)) - CASE WHEN list_contains(family.offices, 'WO') THEN 1 ELSE 0 END > 1
                THEN true
            WHEN claimed_abroad.family_id IS NOT NULL THEN true
            -- Some vendors count filings and some documents, of which there are never fewer.
            WHEN stated.members BETWEEN 1 AND family.applications THEN false
        END AS has_overseas_family,
        held.is_long_maintained
    FROM held
    INNER JOIN core.family AS family ON family.family_id = held.family_id
    LEFT JOIN stated ON stated.family_id = held.family_id
    LEFT JOIN claimed_abroad ON claimed_abroad.family_id = held.family_id
),
judged AS (
    SELECT area, label_level, 'overseas_family' AS criterion, has_overseas_family AS holds FROM valid
    UNION ALL
    SELECT area, label_level, 'long_maintained', is_long_maintained FROM valid
    UNION ALL
    SELECT valid.area, valid.label_level, missing.criterion, CAST(NULL AS BOOLEAN)
    FROM valid
    CROSS JOIN (SELECT unnest(['strategic_industry', 'pledge', 'award']) AS criterion) AS missing
    UNION ALL
    -- NULL where none is known to hold: three criteria are never known, so that no 'no' is possible here.
    SELECT area, label_level, 'any', has_overseas_family OR is_long_maintained OR CAST(NULL AS BOOLEAN) FROM valid
    UNION ALL
    SELECT area, label_level, 'any_known', has_overseas_family OR is_long_maintained FROM valid
),
summed AS (
    SELECT
        area,
        label_level,
        criterion,
        count(*) AS inventions,
        count(*) FILTER (WHERE holds) AS yes_inventions,
        count(*) FILTER (WHERE NOT holds) AS no_inventions
    FROM judged
    GROUP BY area, label_level, criterion
),
spine AS (
    SELECT
        area.area,
        area.credit,
        area.place_rule,
        area.last_complete_year,
        label_level.label_level,
        criterion.criterion
    FROM metrics.m00_area AS area
    CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
    CROSS JOIN (
        SELECT
            unnest(
                ['overseas_family', 'long_maintained', 'strategic_industry', 'pledge', 'award', 'any', 'any_known']
            ) AS criterion
    ) AS criterion
    WHERE area.area <> 'all'
),
filled AS (
    SELECT
        spine.area,
        spine.credit,
        spine.place_rule,
        spine.last_complete_year,
        spine.label_level,
        spine.criterion,
        coalesce(summed.inventions, 0) AS inventions,
        coalesce(summed.yes_inventions, 0) AS yes_inventions,
        coalesce(summed.no_inventions, 0) AS no_inventions
    FROM spine
    LEFT JOIN summed
        ON summed.area = spine.area
        AND summed.label_level = spine.label_level
        AND summed.criterion = spine.criterion
)
SELECT
    filled.area,
    filled.criterion,
    CAST(filled.inventions AS BIGINT) AS inventions,
    CAST(filled.yes_inventions AS BIGINT) AS yes_inventions,
    CAST(filled.no_inventions AS BIGINT) AS no_inventions,
    CAST(filled.inventions - filled.yes_inventions - filled.no_inventions AS BIGINT) AS unknown_inventions,
    CAST(filled.yes_inventions AS DOUBLE) / CAST(nullif(filled.inventions, 0) AS DOUBLE) AS lowest_share,
    CAST(filled.inventions - filled.no_inventions AS DOUBLE) / CAST(nullif(filled.inventions, 0) AS DOUBLE)
        AS highest_share,
    'application' AS unit,
    'not_applied' AS date_basis,
    filled.credit,
    filled.place_rule,
    'invention' AS patent_types,
    filled.label_level,
    filled.last_complete_year
FROM filled
