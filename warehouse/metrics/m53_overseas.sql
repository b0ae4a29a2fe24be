-- title_zh: PCT 率与海外布局率
-- title_en: PCT rate and overseas rate
-- question_zh: 各年首次申请的同族，有多大比例提交了 PCT、有多大比例在来源国之外布局？
-- question_en: Of the families first filed in a year, what share went to the PCT, and what share to an office besides that of their origin?
-- figure: none; asked by every navigation report
-- grain_zh: 同族的申请年（或未知）与标签口径
-- grain_en: filing year of the family (or unknown) and label level
-- conventions_zh: 同族及其来源国同 m00_counted_family；海外指 WO 以外、代码不同于来源国的受理局，
--   故对来源国为 DE 的同族 EP 即海外；来源国未知的同族，在两个或以上这样的局出现即有海外布局，否则不知；
--   不知者留在分母；全部范围截止日（m00_area）之前 30 个月以上的年份为完整年，
--   此时 PCT 同族已选定进入的局
-- conventions_en: families as in m00_counted_family with their origin; overseas is an office other than WO whose code
--   is not the origin's, so that EP is overseas for a family from DE; a family without a known origin is overseas
--   where it stands at two or more such offices, else it is not known; unknown stays in the denominator; a year is
--   complete 30 months before the cut-off of everywhere (m00_area), when PCT families have chosen their offices
-- column filing_year: 同族最早申请年，空为未知 / Earliest filing year of the family, empty for unknown
-- column families: 同族数（项） / Families
-- column pct_families: 含 PCT 申请的同族（项） / Families with a PCT application (WO)
-- column overseas_families: 海外布局的同族（项） / Families with an office besides that of their origin
-- column unknown_families: 是否海外布局未知的同族（项） / Families of which it is not known
-- column pct_share: PCT 率 / PCT rate
-- column overseas_share: 海外布局率 / Overseas rate
-- column is_complete_year: 该年是否完整（30 个月） / Whether the filing year is complete, by 30 months
WITH placed AS (
    SELECT
        family.label_level,
        family.filing_year,
        family.origin_country,
        list_contains(family.offices, 'WO') AS is_pct,
        len(family.offices) - CASE WHEN list_contains(family.offices, 'WO') THEN 1 ELSE 0 END AS own_offices,
        coalesce(list_contains(family.offices, family.origin_country), false) AS is_at_home
    FROM metrics.m00_counted_family AS family
),
judged AS (
    SELECT
        placed.label_level,
        placed.filing_year,
        placed.is_pct,
        CASE
            WHEN placed.own_offices >= 2 THEN true
            WHEN placed.own_offices = 0 THEN false
            WHEN placed.origin_country IS NOT NULL THEN NOT placed.is_at_home
        END AS is_overseas
    FROM placed
),
filed AS (
    SELECT
        label_level,
        filing_year,
        count(*) FILTER (WHERE is_pct) AS pct_families,
        count(*) FILTER (WHERE is_overseas) AS overseas_families,
        count(*) FILTER (WHERE is_overseas IS NULL) AS unknown_families
    FROM judged
    GROUP BY label_level, filing_year
)
SELECT
    yearly.filing_year,
    yearly.families,
    CAST(coalesce(filed.pct_families, 0) AS BIGINT) AS pct_families,
    CAST(coalesce(filed.overseas_families, 0) AS BIGINT) AS overseas_families,
    CAST(coalesce(filed.unknown_families, 0) AS BIGINT) AS unknown_families,
    CAST(filed.pct_families AS DOUBLE) / CAST(nullif(yearly.families, 0) AS DOUBLE) AS pct_share,
    CAST(filed.overseas_families AS DOUBLE) / CAST(nullif(yearly.families, 0) AS DOUBLE) AS overseas_share,
    'family' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    yearly.label_level,
    yearly.last_complete_year,
    make_date(yearly.filing_year, 12, 31) + to_months(30) <= area.cut_off_date AS is_complete_year
FROM metrics.m00_family_year AS yearly
INNER JOIN metrics.m00_area AS area ON area.area = 'all'
LEFT JOIN filed
    ON filed.label_level = yearly.label_level
    AND filed.filing_year IS NOT DISTINCT FROM yearly.filing_year
