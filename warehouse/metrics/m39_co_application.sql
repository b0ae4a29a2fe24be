-- title_zh: 协同申请
-- title_en: Joint filings
-- question_zh: 有多大比例的同族由不同集团共同申请，其中产学研合作占多少？
-- question_en: What share of families is filed jointly by different groups, and what share by science and companies together?
-- figure: none; asked by every navigation report
-- grain_zh: 同族的申请年（或未知）与标签口径
-- grain_en: filing year of the family (or unknown) and label level
-- conventions_zh: 同族全部计入申请的申请人；分属两个或以上集团为协同申请，同一集团的子公司之间不算；
--   产学研合作指高校或科研院所与另一集团的企业同在；申请人不知的同族留在分母；
--   跨省指同族的中国局申请在原文中写明两个或以上省份：第一申请人以外的地点别无记载，故为下限；
--   其占比以协同申请的同族为分母
-- conventions_en: applicants of all the family's counted applications; joint where they belong to two or more groups,
--   so that subsidiaries of one group do not count; science with companies where a university or institute and a
--   company of another group stand together; families without a known applicant stay in the denominator; across
--   provinces where the family's filings at the Chinese office name two or more provinces as exported: places of
--   applicants besides the first stand nowhere else, so that this is a lower bound; its share is of the joint
--   families
-- column filing_year: 同族最早申请年，空为未知 / Earliest filing year of the family, empty for unknown
-- column families: 同族数（项） / Families
-- column unknown_families: 无申请人的同族（项） / Families without a known applicant
-- column joint_families: 协同申请的同族（项） / Families of two or more groups
-- column science_company_families: 产学研合作的同族（项） / Families of science and companies together
-- column cross_province_families: 跨省协同的同族（项） / Joint families of two or more Chinese provinces
-- column joint_share: 协同申请占比 / Share of joint families
-- column science_company_share: 产学研合作占比 / Share of families of science and companies
-- column cross_province_share: 跨省协同占协同申请之比 / Share of joint families that go across provinces
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH owner AS (
    SELECT
        counted.label_level,
        counted.family_id,
        coalesce(link.group_id, applicant.group_id) AS group_id,
        applicant.applicant_type
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application_applicant AS link ON link.application_id = counted.application_id
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
),
owned AS (
    SELECT
        label_level,
        family_id,
        count(DISTINCT group_id) AS groups,
        count(*) FILTER (WHERE applicant_type IN ('university', 'institute')) > 0
        AND count(*) FILTER (WHERE applicant_type = 'company') > 0
        AND count(DISTINCT group_id) FILTER (WHERE applicant_type IN ('university', 'institute', 'company')) > 1
            AS is_science_company
    FROM owner
    GROUP BY label_level, family_id
),
province AS (
    SELECT region_code, unnest([region_name, short_name]) AS name
    FROM core.region
    WHERE region_level = 'province' AND region_status = 'current'
),
named AS (
    SELECT application.family_id, unnest(publication.provinces) AS name
    FROM core.publication AS publication
    INNER JOIN core.application AS application ON application.application_id = publication.application_id
    WHERE publication.office = 'CN' AND len(publication.provinces) > 1
),
across AS (
    SELECT named.family_id
    FROM named
    INNER JOIN province ON province.name = named.name
    GROUP BY named.family_id
    HAVING count(DISTINCT province.region_code) > 1
),
judged AS (
    SELECT
        family.label_level,
        family.filing_year,
        count(*) FILTER (WHERE owned.groups IS NULL) AS unknown_families,
        count(*) FILTER (WHERE owned.groups > 1) AS joint_families,
        count(*) FILTER (WHERE owned.is_science_company) AS science_company_families,
        count(*) FILTER (WHERE owned.groups > 1 AND across.family_id IS NOT NULL) AS cross_province_families
    FROM metrics.m00_counted_family AS family
    LEFT JOIN owned ON owned.label_level = family.label_level AND owned.family_id = family.family_id
    LEFT JOIN across ON across.family_id = family.family_id
    GROUP BY family.label_level, family.filing_year
)
SELECT
    yearly.filing_year,
    yearly.families,
    CAST(coalesce(judged.unknown_families, 0) AS BIGINT) AS unknown_families,
    CAST(coalesce(judged.joint_families, 0) AS BIGINT) AS joint_families,
    CAST(coalesce(judged.science_company_families, 0) AS BIGINT) AS science_company_families,
    CAST(coalesce(judged.cross_province_families, 0) AS BIGINT) AS cross_province_families,
    CAST(judged.joint_families AS DOUBLE) / CAST(nullif(yearly.families, 0) AS DOUBLE) AS joint_share,
    CAST(judged.science_company_families AS DOUBLE) / CAST(nullif(yearly.families, 0) AS DOUBLE) AS science_company_share,
    CAST(judged.cross_province_families AS DOUBLE) / CAST(nullif(judged.joint_families, 0) AS DOUBLE)
        AS cross_province_share,
    yearly.unit,
    yearly.date_basis,
    yearly.credit,
    yearly.place_rule,
    yearly.patent_types,
    yearly.label_level,
    yearly.last_complete_year,
    yearly.is_complete_year
FROM metrics.m00_family_year AS yearly
LEFT JOIN judged
    ON judged.label_level = yearly.label_level
    AND judged.filing_year IS NOT DISTINCT FROM yearly.filing_year
