-- title_zh: 受理局排名
-- title_en: Ranking of offices
-- question_zh: 各受理局受理了多少件申请，排第几？
-- question_en: How many applications were filed at each office, and how do the offices rank?
-- figure: 3
-- grain_zh: 受理局与标签口径
-- grain_en: office and label level
-- conventions_zh: 全部年份的申请，按受理局；EP 仅指欧洲专利局本身；WO 等自身不授权的局单列，不排名、不计占比；
--   占比以参加排名的各局合计为分母；数量相同者名次并列
-- conventions_en: applications of all years at the office of filing; EP is the European Patent Office alone; WO and
--   other offices that grant nothing of their own stand apart, without rank or share; shares are of the ranked
--   offices' total; ties share a rank
-- column office: 受理局代码 / Office, WIPO ST.3
-- column office_zh: 受理局中文名 / Name in Chinese
-- column office_en: 受理局英文名 / Name in English
-- column is_ip5: 是否五局 / Whether it is one of the five offices
-- column is_national: 是否计入排名 / Whether it is ranked
-- column applications: 申请量（件） / Applications
-- column share: 占计入排名各局之比 / Share of the ranked offices' total
-- column rank: 排名 / Rank
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
filed AS (
    SELECT label_level, office, count(*) AS applications
    FROM metrics.m00_counted_application
    GROUP BY label_level, office
),
named AS (
    SELECT
        filed.label_level,
        filed.office,
        office.name_zh AS office_zh,
        office.name_en AS office_en,
        office.is_ip5,
        office.is_national,
        filed.applications
    FROM filed
    INNER JOIN core.office AS office ON office.office = filed.office
)
SELECT
    named.office,
    named.office_zh,
    named.office_en,
    named.is_ip5,
    named.is_national,
    CAST(named.applications AS BIGINT) AS applications,
    CASE
        WHEN named.is_national THEN
            CAST(named.applications AS DOUBLE)
            / CAST(nullif(sum(named.applications) OVER (PARTITION BY named.label_level, named.is_national), 0) AS DOUBLE)
    END AS share,
    CASE
        WHEN named.is_national THEN
            CAST(
                rank() OVER (PARTITION BY named.label_level, named.is_national ORDER BY named.applications DESC) AS INTEGER
            )
    END AS rank,
    'application' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    named.label_level,
    build.last_complete_year
FROM named
CROSS JOIN build
