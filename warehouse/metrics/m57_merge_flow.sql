-- title_zh: 合并流程
-- title_en: Flow of merging
-- question_zh: 读入的记录如何变为公布、申请和同族？
-- question_en: How do the records read become publications, applications and families?
-- figure: none; published beside every metric
-- grain_zh: 一个文件，或全部文件合计
-- grain_en: file, or all files together
-- conventions_zh: 每个文件的每条记录，全部专利类型，不论标签；rows_in = 载入 + 重复 + 隔离 + 空白；
--   多个文件都有的公开文献、申请或同族在每个文件中各计一次，合计中计一次；
--   redundant_share 为重复 ÷ rows_in
-- conventions_en: every record of every file, all patent types, whatever its label; rows_in = loaded + duplicate +
--   quarantined + blank; a publication, application or family that several files give counts in each of them and once
--   overall; redundant_share is duplicate / rows_in
-- column scope: 范围：file 单个文件、overall 全部 / Scope: one file, or all together
-- column source_file_id: 来源文件标识，合计为空 / File, empty overall
-- column path: 路径 / Path in the inbox
-- column rows_in: 读入行数 / Rows in
-- column blank: 空行 / Blank rows
-- column quarantined: 隔离行 / Rows set aside
-- column duplicate: 重复行 / Rows whose publication another row brought in
-- column loaded: 载入行 / Rows that brought in a publication
-- column publications: 公布数（件） / Publications the rows give
-- column applications: 申请数（件） / Applications of these
-- column families: 同族数（项） / Families of these
-- column redundant_share: 重复占比 / Share of duplicate rows
-- column label_level: 标签口径，恒为 all / Label level, always all
WITH build AS (
    SELECT last_complete_year FROM meta.build
),
merged AS (
    SELECT link.source_file_id, link.publication_number, publication.application_id, application.family_id
    FROM core.publication_source AS link
    INNER JOIN core.publication AS publication ON publication.publication_number = link.publication_number
    INNER JOIN core.application AS application ON application.application_id = publication.application_id
),
by_file AS (
    SELECT
        source_file_id,
        count(DISTINCT publication_number) AS publications,
        count(DISTINCT application_id) AS applications,
        count(DISTINCT family_id) AS families
    FROM merged
    GROUP BY source_file_id
),
flow AS (
    SELECT
        'file' AS scope,
        file.source_file_id,
        file.path,
        file.rows_in,
        file.blank,
        file.quarantined,
        file.duplicate,
        file.loaded,
        coalesce(by_file.publications, 0) AS publications,
        coalesce(by_file.applications, 0) AS applications,
        coalesce(by_file.families, 0) AS families
    FROM meta.source_file AS file
    LEFT JOIN by_file ON by_file.source_file_id = file.source_file_id
    UNION ALL
    SELECT
        'overall',
        CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR),
        sum(file.rows_in),
        sum(file.blank),
        sum(file.quarantined),
        sum(file.duplicate),
        sum(file.loaded),
        (SELECT count(DISTINCT publication_number) FROM merged),
        (SELECT count(DISTINCT application_id) FROM merged),
        (SELECT count(DISTINCT family_id) FROM merged)
    FROM meta.source_file AS file
)
SELECT
    flow.scope,
    flow.source_file_id,
    flow.path,
    CAST(flow.rows_in AS BIGINT) AS rows_in,
    CAST(flow.blank AS BIGINT) AS blank,
    CAST(flow.quarantined AS BIGINT) AS quarantined,
    CAST(flow.duplicate AS BIGINT) AS duplicate,
    CAST(flow.loaded AS BIGINT) AS loaded,
    CAST(flow.publications AS BIGINT) AS publications,
    CAST(flow.applications AS BIGINT) AS applications,
    CAST(flow.families AS BIGINT) AS families,
    CAST(flow.duplicate AS DOUBLE) / CAST(nullif(flow.rows_in, 0) AS DOUBLE) AS redundant_share,
    'row' AS unit,
    'not_applied' AS date_basis,
    'not_applied' AS credit,
    'not_applied' AS place_rule,
    'all' AS patent_types,
    'all' AS label_level,
    build.last_complete_year
FROM flow
CROSS JOIN build
