-- seed: 6
-- figure: province_year
-- title_zh: 年申请量的超越
-- title_en: Overtaking by the year
-- sentence_zh: 自 {overtaking_year} 年起，{province_zh}每年的申请量都超过累计排名在前一位（第 {other_rank} 位）的{other_zh}，最近完整年领先 {margin} 件。
-- sentence_en: Since {overtaking_year} {province_en} has filed more in every year than {other_en}, which ranks one place ahead (no. {other_rank}) over all years; lead in the last complete year {margin}.
-- otherwise_zh: 与累计排名第 {other_rank} 位的{other_zh}相比，{province_zh}{told_zh}。
-- otherwise_en: Against {other_en}, no. {other_rank} over all years, {province_en} {told_en}.
-- condition_zh: 关注省累计排名的前一位是上海（第 4 位），且关注省自 2021 年起每个完整年的申请量都多于它
-- condition_en: the province one rank ahead is Shanghai at no. 4, and the focus province has filed more in every complete year since 2021
WITH focus AS (
    SELECT ranking.province_name AS province_zh, coalesce(region.name_en, ranking.province_name) AS province_en, ranking.rank
    FROM metrics.m04_province_ranking AS ranking
    INNER JOIN metrics.m00_level AS level ON level.label_level = ranking.label_level
    INNER JOIN meta.build AS build ON build.focus_province_code = ranking.province_code
    LEFT JOIN core.region AS region ON region.region_code = ranking.province_code
),
ahead AS (
    SELECT
        overtaking.province_code,
        overtaking.province_name AS other_zh,
        coalesce(region.name_en, overtaking.province_name) AS other_en,
        overtaking.overtaking_year,
        overtaking.margin,
        overtaking.other_cumulative_rank AS other_rank
    FROM metrics.m09_overtaking AS overtaking
    INNER JOIN metrics.m00_level AS level ON level.label_level = overtaking.label_level
    LEFT JOIN core.region AS region ON region.region_code = overtaking.province_code
    WHERE overtaking.other_cumulative_rank < overtaking.cumulative_rank
    ORDER BY overtaking.other_cumulative_rank DESC, overtaking.province_code
    LIMIT 1
)
SELECT
    ahead.province_code = '310000' AND ahead.other_rank = 4 AND ahead.overtaking_year = 2021 AS holds,
    concat(coalesce(ahead.province_code, 'nobody'), ' no. ', ahead.other_rank, ', ', coalesce(CAST(ahead.overtaking_year AS VARCHAR), 'not overtaken'))
        AS found,
    CASE WHEN ahead.province_code IS NULL THEN '累计排名在关注省之前的省份与完整年份' END AS missing_zh,
    CASE WHEN ahead.province_code IS NULL THEN 'a province ranked ahead, and complete years' END AS missing_en,
    focus.province_zh,
    focus.province_en,
    ahead.other_zh,
    ahead.other_en,
    ahead.other_rank,
    ahead.overtaking_year,
    ahead.margin,
    CASE
        WHEN ahead.overtaking_year IS NULL THEN '最近完整年的申请量仍未领先'
        ELSE concat('自 ', ahead.overtaking_year, ' 年起每年都领先')
    END AS told_zh,
    CASE
        WHEN ahead.overtaking_year IS NULL THEN 'was not ahead in the last complete year'
        ELSE concat('has been ahead in every year since ', ahead.overtaking_year)
    END AS told_en
FROM focus
LEFT JOIN ahead ON true
