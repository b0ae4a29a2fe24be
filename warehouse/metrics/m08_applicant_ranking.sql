-- title_zh: 申请人排名
-- title_en: Ranking of applicants
-- question_zh: 哪些申请人（集团口径）申请最多？
-- question_en: Which applicants, by group, file most?
-- figure: 4
-- grain_zh: 申请人集团、单位、申请人口径与标签口径
-- grain_en: applicant group, unit, credit and label level
-- conventions_zh: 全部年份；first 计第一申请人的集团，whole 每个集团每件各计一次，占比之和可大于 1；
--   同族计入其计入申请所属的每个集团；占比与名次以 unit 所示单位计算；没有申请人的申请单独成行、不排名，
--   但计入分母；数量相同者名次并列
-- conventions_en: all years; 'first' credits the group of the first applicant, 'whole' every group once per
--   application, so that whole shares may sum to more than 1; a family is credited to each group that its counted
--   applications are; unit says what share and rank are taken over; applications without applicant stand as one row
--   without rank, in the denominator; ties share a rank
-- column group_id: 集团标识，空为未知 / Group, empty for unknown
-- column group_name: 集团名称 / Name of the group
-- column applicant_type: 主体类型 / Type of the group
-- column country: 国别 / Country or region, WIPO ST.3
-- column applications: 申请量（件） / Applications
-- column families: 同族数（项） / Families
-- column share: 占全部之比（按 unit） / Share of all applications or families, as unit says
-- column rank: 排名（按 unit） / Rank, as unit says
-- column unit: 计数单位：application 件、family 项 / Unit of counting: application or family
-- column credit: 申请人口径：first 第一申请人、whole 每个申请人各计一次 / Credit: first applicant, or each applicant once
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
counted AS (
    SELECT application_id, family_id, label_level FROM metrics.m00_counted_application
),
group_of_applicant AS (
    SELECT link.application_id, link.position, coalesce(link.group_id, applicant.group_id) AS group_id
    FROM core.application_applicant AS link
    INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
),
credited AS (
    SELECT 'first' AS credit, counted.label_level, counted.application_id, counted.family_id, owner.group_id
    FROM counted
    LEFT JOIN group_of_applicant AS owner ON owner.application_id = counted.application_id AND owner.position = 1
    UNION ALL
    SELECT DISTINCT 'whole', counted.label_level, counted.application_id, counted.family_id, owner.group_id
    FROM counted
    LEFT JOIN group_of_applicant AS owner ON owner.application_id = counted.application_id
),
by_group AS (
    SELECT
        credit,
        label_level,
        group_id,
        count(*) AS applications,
        count(DISTINCT family_id) AS families
    FROM credited
    GROUP BY credit, label_level, group_id
),
total AS (
    SELECT label_level, count(*) AS applications, count(DISTINCT family_id) AS families
    FROM counted
    GROUP BY label_level
),
measured AS (
    SELECT
        'application' AS unit,
        by_group.credit,
        by_group.label_level,
        by_group.group_id,
        by_group.applications,
        by_group.families,
        by_group.applications AS ranked_by,
        total.applications AS ranked_of
    FROM by_group
    INNER JOIN total ON total.label_level = by_group.label_level
    UNION ALL
    SELECT
        'family',
        by_group.credit,
        by_group.label_level,
        by_group.group_id,
        by_group.applications,
        by_group.families,
        by_group.families,
        total.families
    FROM by_group
    INNER JOIN total ON total.label_level = by_group.label_level
)
SELECT
    measured.group_id,
    coalesce(group_row.applicant_name, measured.group_id) AS group_name,
    group_row.applicant_type,
    group_row.country,
    CAST(measured.applications AS BIGINT) AS applications,
    CAST(measured.families AS BIGINT) AS families,
    CAST(measured.ranked_by AS DOUBLE) / CAST(nullif(measured.ranked_of, 0) AS DOUBLE) AS share,
    CASE
        WHEN measured.group_id IS NOT NULL THEN
            CAST(
                rank() OVER (
                    PARTITION BY
                        measured.unit, measured.credit, measured.label_level, measured.group_id IS NULL
                    ORDER BY measured.ranked_by DESC
                ) AS INTEGER
            )
    END AS rank,
    measured.unit,
    'filing_year' AS date_basis,
    measured.credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    measured.label_level,
    build.last_complete_year
FROM measured
CROSS JOIN build
LEFT JOIN core.applicant AS group_row ON group_row.applicant_id = measured.group_id
