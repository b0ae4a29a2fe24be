-- title_zh: 计入统计的同族
-- title_en: Families that are counted
-- question_zh: 哪些同族计入指标，各自何时首次申请、来源国是哪里、布局在哪些局？
-- question_en: Which families do the metrics count, when were they first filed, where do they come from and where do they stand?
-- figure: none; the ground that the other metrics stand on
-- grain_zh: 一项同族与一种标签口径
-- grain_en: one family and label level
-- conventions_zh: 至少有一件申请计入该标签口径的同族；申请年与第一申请人取计入的申请中最先申请的一件（先比年，再比日，再比最小标识；
--   日不详不视为较晚）；优先权恰指一国时来源国即该国（国际申请看其受理局；WO 与 IB 不是国家），
--   否则为第一申请人的国家，先看名称再看地址，依据见 origin_basis；受理局为该同族在数据中的全部申请的受理局
-- conventions_en: families with at least one counted application of the label level; filing year and first applicant
--   are those of the counted application filed first (by year, then day, then lowest identifier: a day that is not
--   known does not make a filing late); origin is the country of the priorities where they name exactly one (of an
--   international application its receiving office; WO and IB are no country), else the country of the first
--   applicant, by name or else by address, and origin_basis says which; offices are those of all the family's
--   applications in the data
-- column family_id: 同族标识 / Family
-- column application_id: 其中最早申请的一件 / The counted application filed first
-- column filing_year: 最早申请年 / Earliest filing year of the counted applications
-- column applications: 计入统计的申请量（件） / Counted applications
-- column is_granted: 是否已有授权 / Whether any counted application is granted
-- column priority_country: 优先权国，不唯一时为空 / Country of the priorities, empty where there is none or more than one
-- column first_applicant_country: 第一申请人国别 / Country of the first applicant
-- column origin_country: 来源国 / Country of origin
-- column origin_basis: 来源国依据：priority、first_applicant、unknown / What the origin is known by
-- column offices: 布局局 / Offices of the family
-- column is_complete_year: 该年是否完整 / Whether the filing year is complete
WITH claimed AS (
    SELECT application.family_id, unnest(publication.priority_numbers) AS priority_number
    FROM core.publication AS publication
    INNER JOIN core.application AS application ON application.application_id = publication.application_id
),
claimed_country AS (
    SELECT
        claimed.family_id,
        CASE
            WHEN starts_with(claimed.priority_number, 'PCT') THEN substring(claimed.priority_number, 4, 2)
            ELSE left(claimed.priority_number, 2)
        END AS country
    FROM claimed
),
priority AS (
    SELECT family_id, min(country) AS priority_country
    FROM claimed_country
    WHERE country NOT IN ('WO', 'IB')
    GROUP BY family_id
    HAVING min(country) = max(country)
),
member AS (
    SELECT
        counted.label_level,
        counted.family_id,
        min(counted.filing_year) AS filing_year,
        count(*) AS applications,
        count(application.grant_date) > 0 AS is_granted,
        -- The first value that differs decides; the country is only carried along.
        min(
            (
                coalesce(counted.filing_year, 9999),
                coalesce(application.filing_date, DATE 'infinity'),
                counted.application_id,
                application.place_country
            )
        ) AS earliest,
        any_value(counted.last_complete_year) AS last_complete_year
    FROM metrics.m00_counted_application AS counted
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    GROUP BY counted.label_level, counted.family_id
),
placed AS (
    SELECT
        member.label_level,
        member.family_id,
        member.earliest[3] AS application_id,
        member.filing_year,
        member.applications,
        member.is_granted,
        member.last_complete_year,
        coalesce(applicant.country, member.earliest[4]) AS first_applicant_country
    FROM member
    LEFT JOIN core.application_applicant AS link
        ON link.application_id = member.earliest[3] AND link.position = 1
    LEFT JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
)
SELECT
    placed.family_id,
    placed.application_id,
    placed.filing_year,
    CAST(placed.applications AS BIGINT) AS applications,
    placed.is_granted,
    priority.priority_country,
    placed.first_applicant_country,
    coalesce(priority.priority_country, placed.first_applicant_country) AS origin_country,
    CASE
        WHEN priority.priority_country IS NOT NULL THEN 'priority'
        WHEN placed.first_applicant_country IS NOT NULL THEN 'first_applicant'
        ELSE 'unknown'
    END AS origin_basis,
    list_sort(list_distinct(family.offices)) AS offices,
    'family' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    placed.label_level,
    placed.last_complete_year,
    placed.filing_year <= placed.last_complete_year AS is_complete_year
FROM placed
INNER JOIN core.family AS family ON family.family_id = placed.family_id
LEFT JOIN priority ON priority.family_id = placed.family_id
