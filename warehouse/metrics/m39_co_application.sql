-- title_zh: 协同申请
-- title_en: Joint filings
-- question_zh: 有多大比例的同族由不同集团共同申请，其中产学研合作占多少？
-- question_en: What share of families is filed jointly by different groups, and what share by science and companies together?
-- figure: none; asked by every navigation report
-- grain: filing year of the family (or unknown) and label level
-- conventions: applicants of all the family's counted applications; joint where they belong to two or more groups, so that
--   subsidiaries of one group do not count; science with companies where a university or institute and a company of
--   another group stand together; families without a known applicant stay in the denominator
-- column filing_year: 同族最早申请年，空为未知 / Earliest filing year of the family, empty for unknown
-- column families: 同族数（项） / Families
-- column unknown_families: 无申请人的同族（项） / Families without a known applicant
-- column joint_families: 协同申请的同族（项） / Families of two or more groups
-- column science_company_families: 产学研合作的同族（项） / Families of science and companies together
-- column joint_share: 协同申请占比 / Share of joint families
-- column science_company_share: 产学研合作占比 / Share of families of science and companies
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
yearly AS (
    SELECT
        family.label_level,
        family.filing_year,
        count(*) AS families,
        count(*) FILTER (WHERE owned.groups IS NULL) AS unknown_families,
        count(*) FILTER (WHERE owned.groups > 1) AS joint_families,
        count(*) FILTER (WHERE owned.is_science_company) AS science_company_families
    FROM metrics.m00_counted_family AS family
    LEFT JOIN owned ON owned.label_level = family.label_level AND owned.family_id = family.family_id
    GROUP BY family.label_level, family.filing_year
),
filing_year AS (
    SELECT CAST(unnest(generate_series(min(filing_year), max(filing_year))) AS INTEGER) AS filing_year FROM yearly
    UNION ALL
    SELECT CAST(NULL AS INTEGER)
)
SELECT
    filing_year.filing_year,
    CAST(coalesce(yearly.families, 0) AS BIGINT) AS families,
    CAST(coalesce(yearly.unknown_families, 0) AS BIGINT) AS unknown_families,
    CAST(coalesce(yearly.joint_families, 0) AS BIGINT) AS joint_families,
    CAST(coalesce(yearly.science_company_families, 0) AS BIGINT) AS science_company_families,
    CAST(yearly.joint_families AS DOUBLE) / CAST(nullif(yearly.families, 0) AS DOUBLE) AS joint_share,
    CAST(yearly.science_company_families AS DOUBLE) / CAST(nullif(yearly.families, 0) AS DOUBLE) AS science_company_share,
    'family' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    label_level.label_level,
    build.last_complete_year,
    filing_year.filing_year <= build.last_complete_year AS is_complete_year
FROM filing_year
CROSS JOIN (SELECT unnest(['core', 'all']) AS label_level) AS label_level
CROSS JOIN meta.build AS build
LEFT JOIN yearly
    ON yearly.label_level = label_level.label_level
    AND yearly.filing_year IS NOT DISTINCT FROM filing_year.filing_year
