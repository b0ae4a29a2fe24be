-- title_zh: 按口径计数
-- title_en: Counting by a convention
-- question_zh: 换一种口径，数出来是多少？
-- question_en: What does the count come to under another convention?
-- grain_zh: 一个计数单位（申请或同族）与计入的一个申请人
-- grain_en: one counted unit (application or family) and one applicant that is credited with it
-- conventions_zh: 以 sum(weight) 计数；同族的年份取其计入成员中最早的年，其余各项取最先申请的成员（先比年，再比日，
--   再比最小标识）；没有申请人的单位成一行、不列集团；whole 对每个集团各计 1，故各集团之和大于单位数
-- conventions_en: sum(weight) counts; the year of a family is the earliest of its counted members, everything else of
--   it comes from the member filed first (by year, then day, then lowest identifier); a unit without applicants
--   stands once, without group; whole credit gives every group of a unit weight 1, so that sums over groups exceed
--   the number of units
-- parameter unit: application, family / 计数单位：件或项 / Unit: application or family
-- parameter date_basis: filing_year, priority_year, publication_year, grant_year / 日期口径 / Which date the year is of
-- parameter credit: first, whole, fractional / 申请人口径：第一、全部、均分 / Credit: first applicant, every one, shares of 1
-- parameter place_rule: first_applicant, first_applicant_at_cn_office / 地点口径：第一申请人，全部或仅中国局 / Place of the first applicant, everywhere or at the Chinese office alone
-- parameter patent_types: invention+utility_model, invention, utility_model, design, all / 专利类型 / Patent types
-- parameter vintage: as_exported, 2020, 2023 / 区划版本：按导出、2020 年、2023 年的区划 / Boundaries of the districts: as exported, those of 2020, those of 2023
-- parameter label_level: core, related, all / 标签口径：核心、含相关、全部 / Labels: core, core or related, whatever
-- column unit_id: 申请或同族标识 / Application or family
-- column application_id: 申请标识；同族为其最早申请 / Application; of a family the one filed first
-- column family_id: 同族标识 / Family
-- column year: 年份 / Year
-- column is_complete_year: 该年是否完整 / Whether the year is complete at this office
-- column office: 受理局 / Office of filing
-- column patent_type: 专利类型 / Patent type
-- column legal_status: 法律状态 / Legal status
-- column place_kind: 地点类别 / Kind of place
-- column province_code: 省级代码 / Province of the first applicant
-- column city_code: 地市代码 / City of the first applicant
-- column district_code: 区县代码 / District of the first applicant
-- column applicant_id: 申请人标识 / Applicant
-- column group_id: 集团标识，按申请日所属 / Group of the applicant at the filing date
-- column weight: 计入的份额 / What the unit counts for this applicant
WITH labelled AS (
    SELECT DISTINCT label.application_id
    FROM core.application_branch AS label
    WHERE label.level = 'core' OR (label_level = 'related' AND label.level = 'related')
),
published AS (
    SELECT publication.application_id, year(min(publication.publication_date)) AS publication_year
    FROM core.publication AS publication
    WHERE date_basis = 'publication_year'
    GROUP BY publication.application_id
),
counted AS (
    SELECT
        application.application_id,
        application.family_id,
        application.office,
        application.patent_type,
        application.legal_status,
        application.filing_date,
        application.filing_year,
        application.province_code,
        application.province,
        application.city_code,
        CASE vintage
            WHEN '2020' THEN application.district_code_2020
            WHEN '2023' THEN application.district_code_2023
            ELSE application.district_code
        END AS district_code,
        CASE date_basis
            WHEN 'filing_year' THEN application.filing_year
            WHEN 'priority_year' THEN coalesce(year(application.earliest_priority_date), application.filing_year)
            WHEN 'publication_year' THEN published.publication_year
            WHEN 'grant_year' THEN year(application.grant_date)
        END AS own_year
    FROM core.application AS application
    LEFT JOIN published ON published.application_id = application.application_id
    WHERE
        (patent_types = 'all' OR list_contains(string_split(patent_types, '+'), application.patent_type))
        AND (place_rule = 'first_applicant' OR application.office = 'CN')
        AND (label_level = 'all' OR application.application_id IN (SELECT labelled.application_id FROM labelled))
),
unit_row AS (
    SELECT
        CASE unit WHEN 'family' THEN counted.family_id ELSE counted.application_id END AS unit_id,
        CASE unit
            WHEN 'family' THEN min(counted.own_year) OVER (PARTITION BY counted.family_id)
            ELSE counted.own_year
        END AS year,
        counted.application_id,
        counted.family_id,
        counted.office,
        counted.patent_type,
        counted.legal_status,
        counted.province_code,
        counted.province,
        counted.city_code,
        counted.district_code
    FROM counted
    QUALIFY
        unit = 'application'
        OR row_number() OVER (
            PARTITION BY counted.family_id
            ORDER BY counted.filing_year NULLS LAST, counted.filing_date NULLS LAST, counted.application_id
        ) = 1
),
link AS (
    SELECT
        owner.application_id,
        coalesce(owner.group_id, applicant.group_id) AS group_id,
        min(owner.applicant_id) AS applicant_id,
        coalesce(sum(CASE WHEN credit = 'fractional' THEN owner.fraction END), 1) AS weight
    FROM core.application_applicant AS owner
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = owner.applicant_id
    WHERE credit <> 'first' OR owner.position = 1
    GROUP BY owner.application_id, coalesce(owner.group_id, applicant.group_id)
)
SELECT
    unit_row.unit_id,
    unit_row.application_id,
    unit_row.family_id,
    CAST(unit_row.year AS INTEGER) AS year,
    CASE
        WHEN date_basis IN ('filing_year', 'priority_year') THEN unit_row.year <= office_cut_off.last_complete_year
        ELSE make_date(unit_row.year, 12, 31) <= office_cut_off.cut_off_date
    END AS is_complete_year,
    unit_row.office,
    unit_row.patent_type,
    unit_row.legal_status,
    CASE
        WHEN unit_row.province_code IN ('710000', '810000', '820000') THEN 'hk_mo_tw'
        WHEN unit_row.province_code IS NOT NULL THEN 'mainland'
        WHEN unit_row.province IS NOT NULL THEN 'abroad_or_unresolved'
        ELSE 'unknown'
    END AS place_kind,
    unit_row.province_code,
    unit_row.city_code,
    unit_row.district_code,
    link.applicant_id,
    link.group_id,
    CAST(coalesce(link.weight, 1) AS DOUBLE) AS weight
FROM unit_row
LEFT JOIN link ON link.application_id = unit_row.application_id
LEFT JOIN meta.office_cut_off AS office_cut_off ON office_cut_off.office = unit_row.office
