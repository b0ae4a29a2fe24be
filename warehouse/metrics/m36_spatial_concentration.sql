-- title_zh: 空间集聚
-- title_en: Concentration in space
-- question_zh: 申请与企业集中在少数省份、少数地市吗？
-- question_en: Do filings and enterprises gather in few provinces and few cities?
-- figure: 8
-- grain_zh: 地点范围与标签口径
-- grain_en: population of places and label level
-- conventions_zh: 本项目自定，依据已知地点（m04_province_ranking、m33_city_share、
--   m34_city_enterprise_share），全部年份：首位占比；占比平方之和，0 至 1；
--   若各地相等时的等效地点数（1 / HHI）；地点未知者不计入，其余占多少见 known_share；都没有地点时留空
-- conventions_en: house measures over places that are known (m04_province_ranking, m33_city_share,
--   m34_city_enterprise_share), all years: share of the first place, sum of squared shares from 0 to 1, and the
--   number of places that would hold the same if all were equal (1 / HHI); what has no known place is left out and
--   told in known_share; empty where nothing has a place
-- column population: 总体：province_applications 各省申请、city_applications 关注省各市申请、city_enterprises 关注省各市企业 / Population: applications of provinces, applications or enterprises of the focus province's cities
-- column places: 有数据的地点数 / Places that hold any
-- column known_share: 地点已知之比 / Share of those with a known place
-- column top_share: 首位地点占比 / Share of the first place
-- column hhi_0_to_1: 赫芬达尔指数（0–1） / Herfindahl index from 0 to 1
-- column equal_places: 等效地点数 / Places that would hold the same in equal parts
WITH held AS (
    SELECT
        'province_applications' AS population,
        label_level,
        unit,
        place_rule,
        patent_types,
        date_basis,
        credit,
        place_kind = 'mainland' AS is_known,
        applications AS held
    FROM metrics.m04_province_ranking
    UNION ALL
    SELECT
        'city_applications',
        label_level,
        unit,
        place_rule,
        patent_types,
        date_basis,
        credit,
        city_code IS NOT NULL,
        applications
    FROM metrics.m33_city_share
    UNION ALL
    SELECT
        'city_enterprises',
        label_level,
        unit,
        place_rule,
        patent_types,
        date_basis,
        credit,
        city_code IS NOT NULL,
        enterprises
    FROM metrics.m34_city_enterprise_share
),
summed AS (
    SELECT
        population,
        label_level,
        unit,
        place_rule,
        patent_types,
        date_basis,
        credit,
        sum(held) AS whole,
        sum(held) FILTER (WHERE is_known) AS known,
        max(held) FILTER (WHERE is_known) AS most,
        count(*) FILTER (WHERE is_known AND held > 0) AS places,
        sum(CAST(held AS DOUBLE) * held) FILTER (WHERE is_known) AS squares
    FROM held
    GROUP BY population, label_level, unit, place_rule, patent_types, date_basis, credit
)
SELECT
    summed.population,
    CAST(summed.places AS BIGINT) AS places,
    CAST(coalesce(summed.known, 0) AS DOUBLE) / CAST(nullif(summed.whole, 0) AS DOUBLE) AS known_share,
    CAST(summed.most AS DOUBLE) / CAST(nullif(summed.known, 0) AS DOUBLE) AS top_share,
    summed.squares / CAST(nullif(pow(CAST(summed.known AS DOUBLE), 2), 0) AS DOUBLE) AS hhi_0_to_1,
    pow(CAST(summed.known AS DOUBLE), 2) / CAST(nullif(summed.squares, 0) AS DOUBLE) AS equal_places,
    summed.unit,
    summed.date_basis,
    summed.credit,
    summed.place_rule,
    summed.patent_types,
    summed.label_level,
    build.last_complete_year
FROM summed
CROSS JOIN meta.build AS build
