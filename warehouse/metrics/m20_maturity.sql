-- title_zh: 技术生命周期
-- title_en: Life cycle of the technology
-- question_zh: 每年有多少申请人进入多少项同族，技术处于萌芽、成长还是成熟？
-- question_en: How many applicants stand behind how many families of each year, as the map of a technology's age?
-- figure: none; the maturity map that readers of such reports expect
-- grain_zh: 总体或三级分支，与申请年
-- grain_en: the whole or a tier-3 branch, and filing year
-- conventions_zh: 只计核心标签；同族列在其带该标签的计入申请中最早的申请年，计入其中最先申请一件的第一申请人所属集团；个人申请人另计；
--   没有同族的年份记 0；处于何阶段由读者依完整年份判断
-- conventions_en: core labels only; a family stands at the earliest filing year of its counted applications with the
--   label, and is credited to the group of the first applicant of the one filed first; single inventors are counted
--   apart; years without families stand with 0; the phase is for the reader to judge, from complete years alone
-- column branch: 三级分支，空为整体 / Tier-3 branch, empty for the whole
-- column filing_year: 同族最早申请年 / Earliest filing year of the families
-- column families: 同族数（项） / Families
-- column granted_families: 其中已有授权（项） / Of these with a granted application
-- column applicants: 申请人（集团）数，不含个人 / Groups, persons left out
-- column persons: 个人申请人数 / Persons as applicants
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH labelled AS (
    SELECT CAST(NULL AS VARCHAR) AS branch, counted.family_id, counted.application_id, counted.filing_year
    FROM metrics.m00_counted_application AS counted
    WHERE counted.label_level = 'core'
    UNION ALL
    SELECT label.branch, counted.family_id, counted.application_id, counted.filing_year
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application_branch AS label
        ON label.application_id = counted.application_id AND label.level = 'core'
    WHERE counted.label_level = 'core'
),
member AS (
    SELECT
        labelled.branch,
        labelled.family_id,
        labelled.application_id,
        min(labelled.filing_year) OVER family AS filing_year,
        count(application.grant_date) OVER family > 0 AS is_granted,
        row_number() OVER (
            PARTITION BY labelled.branch, labelled.family_id
            ORDER BY labelled.filing_year NULLS LAST, application.filing_date NULLS LAST, labelled.application_id
        ) AS turn
    FROM labelled
    INNER JOIN core.application AS application ON application.application_id = labelled.application_id
    WINDOW family AS (PARTITION BY labelled.branch, labelled.family_id)
),
yearly AS (
    SELECT
        member.branch,
        member.filing_year,
        count(*) AS families,
        count(*) FILTER (WHERE member.is_granted) AS granted_families,
        count(DISTINCT coalesce(link.group_id, applicant.group_id)) FILTER (WHERE applicant.applicant_type <> 'person')
            AS applicants,
        count(DISTINCT applicant.applicant_id) FILTER (WHERE applicant.applicant_type = 'person') AS persons
    FROM member
    LEFT JOIN core.application_applicant AS link
        ON link.application_id = member.application_id AND link.position = 1
    LEFT JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
    WHERE member.turn = 1 AND member.filing_year IS NOT NULL
    GROUP BY member.branch, member.filing_year
),
filing_year AS (
    SELECT CAST(unnest(generate_series(min(filing_year), max(filing_year))) AS INTEGER) AS filing_year FROM yearly
),
subject AS (
    SELECT CAST(NULL AS VARCHAR) AS branch
    UNION ALL
    SELECT branch.branch FROM core.branch AS branch
)
SELECT
    subject.branch,
    filing_year.filing_year,
    CAST(coalesce(yearly.families, 0) AS BIGINT) AS families,
    CAST(coalesce(yearly.granted_families, 0) AS BIGINT) AS granted_families,
    CAST(coalesce(yearly.applicants, 0) AS BIGINT) AS applicants,
    CAST(coalesce(yearly.persons, 0) AS BIGINT) AS persons,
    'family' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    build.last_complete_year,
    filing_year.filing_year <= build.last_complete_year AS is_complete_year
FROM subject
CROSS JOIN filing_year
CROSS JOIN meta.build AS build
LEFT JOIN yearly
    ON yearly.branch IS NOT DISTINCT FROM subject.branch AND yearly.filing_year = filing_year.filing_year
