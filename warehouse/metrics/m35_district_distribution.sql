-- title_zh: 区县分布
-- title_en: Distribution over the focus city's districts
-- question_zh: 关注地市的专利和企业分布在哪些区县，前几名集聚多少？
-- question_en: How are the focus city's applications and enterprises spread over its districts?
-- figure: 7, 8
-- grain_zh: 统计对象、区县（或未知）与标签口径
-- grain_en: population, district (or unknown) and label level
-- conventions_zh: 全部年份的中国局申请，按第一申请人所在区县；企业名录的企业按注册地，名录没有标签，
--   故 label_level 为 all；区县按原文所写：
--   已撤并者仍用原代码（按某一年区划见 m35_district_by_vintage）；区县未知者单独成行、不排名，
--   但计入分母；累计占比沿排名计算，数量相同者名次与累计占比相同
-- conventions_en: applications of all years at the Chinese office by the first applicant's district; enterprises of
--   the reference register by their seat, with label_level 'all' because the register carries no labels; district
--   boundaries as exported: a district abolished since stands under its own code (m35_district_by_vintage has those
--   of one year); a district that is not known stands as its own row without rank, in the denominator; cumulative
--   shares run over the ranked rows, ties share rank and cumulative share
-- column population: 总体：applications 专利、enterprises 企业 / Population: applications or enterprises
-- column district_code: 区县代码，空为未知 / District, GB/T 2260, empty for unknown
-- column district_name: 区县名称 / Name of the district
-- column region_status: 区划现状：current 或 abolished / Status of the district: current or abolished
-- column applications: 申请量（件），企业行为空 / Applications, empty on rows of enterprises
-- column enterprises: 企业数（家），专利行为空 / Enterprises, empty on rows of applications
-- column share: 占全市之比 / Share of the city
-- column cumulative_share: 累计占比 / Share of this and the higher ranked districts together
-- column rank: 排名 / Rank
-- column boundary_vintage: 区划版本 / Which boundaries the districts are of
SELECT
    district.population,
    district.district_code,
    district.district_name,
    district.region_status,
    district.applications,
    district.enterprises,
    district.share,
    district.cumulative_share,
    district.rank,
    district.boundary_vintage,
    district.unit,
    district.date_basis,
    district.credit,
    district.place_rule,
    district.patent_types,
    district.label_level,
    district.last_complete_year
FROM metrics.m35_district_by_vintage AS district
WHERE district.boundary_vintage = 'as_exported'
