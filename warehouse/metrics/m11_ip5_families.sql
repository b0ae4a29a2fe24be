-- title_zh: 五局布局
-- title_en: Families over the five offices
-- question_zh: 有多少同族在五局中的一、二、三、四、五个局布局？
-- question_en: How many families stand at one, two, three, four or all five of the five offices?
-- figure: none; asked by every navigation report
-- grain_zh: 五局个数与标签口径
-- grain_en: number of the five offices and label level
-- conventions_zh: 同族在数据中的全部申请的受理局，各计一次；EP 仅指欧洲专利局本身，不论在哪些国家生效；WO 不在五局之内；
--   五局都没有的同族列为 0 一行；占比以该标签口径的全部同族为分母
-- conventions_en: offices of all the family's applications in the data, each once; EP is the European Patent Office
--   alone, whatever countries it is validated in; WO is none of the five; families at none of the five stand as a row
--   with 0; shares are of all families of the label level
-- column ip5_offices: 五局中的局数 / Number of the five offices
-- column families: 恰在这些局数布局的同族（项） / Families at exactly so many
-- column families_at_least: 至少在这些局数布局的同族（项） / Families at so many or more
-- column share_at_least: 后者占全部同族之比 / Share of families at so many or more
WITH standing AS (
    SELECT family.label_level, family.family_id, unnest(family.offices) AS office
    FROM metrics.m00_counted_family AS family
),
family AS (
    SELECT
        standing.label_level,
        standing.family_id,
        count(*) FILTER (WHERE office.is_ip5) AS ip5_offices
    FROM standing
    INNER JOIN core.office AS office ON office.office = standing.office
    GROUP BY standing.label_level, standing.family_id
),
step AS (
    SELECT
        CAST(unnest([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]) AS INTEGER) AS ip5_offices,
        unnest(
            ['core', 'core', 'core', 'core', 'core', 'core', 'all', 'all', 'all', 'all', 'all', 'all']
        ) AS label_level
),
found AS (
    SELECT
        step.label_level,
        step.ip5_offices,
        count(*) FILTER (WHERE family.ip5_offices = step.ip5_offices) AS families,
        count(*) FILTER (WHERE family.ip5_offices >= step.ip5_offices) AS families_at_least,
        count(family.family_id) AS all_families
    FROM step
    LEFT JOIN family ON family.label_level = step.label_level
    GROUP BY step.label_level, step.ip5_offices
)
SELECT
    found.ip5_offices,
    CAST(found.families AS BIGINT) AS families,
    CAST(found.families_at_least AS BIGINT) AS families_at_least,
    CAST(found.families_at_least AS DOUBLE) / CAST(nullif(found.all_families, 0) AS DOUBLE) AS share_at_least,
    'family' AS unit,
    'filing_year' AS date_basis,
    'whole' AS credit,
    'not_applied' AS place_rule,
    'invention+utility_model' AS patent_types,
    found.label_level,
    build.last_complete_year
FROM found
CROSS JOIN meta.build AS build
