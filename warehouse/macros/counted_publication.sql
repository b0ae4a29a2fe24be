-- title_zh: 按公开文献计数（与导出工具对数）
-- title_en: Counting publications, to reconcile with the tool that they were exported from
-- question_zh: 导出工具自己的界面会数出多少件？
-- question_en: What would the tool count that the export came from?
-- grain_zh: 一份公开文献及其一个名称（权利人、省、市、区县）；不给 counted_by 时每份文献一行
-- grain_en: one publication and one name of it (owner, province, city, district); one row per publication without counted_by
-- conventions_zh: 只供与导出工具对数，绝不用于报告的图：一件申请的公开与授权在此计两次；名称照导出原文，不规范也不解析；
--   以 sum(weight) 计数；first 取第一个名称，whole 对每个不同名称各计 1，
--   故各名称之和大于文献数，fractional 均分为 1；没有名称的文献成一行、不列名称
-- conventions_en: for reconciliation alone, never for a figure of a report: application and grant of one filing count
--   twice here; names as the export writes them, neither harmonised nor resolved; sum(weight) counts; first credit
--   takes the first name, whole credit gives every different name weight 1, so that sums over names exceed the number
--   of publications, fractional equal parts of 1; a publication without a name stands once, without name
-- parameter counted_by: publication, owner, applicant, province, city, district / 计数对象：文献本身，或其权利人、申请人、省、市、区县 / What is counted: the publication itself or a name of it
-- parameter credit: whole, first, fractional / 名称口径：全部、第一、均分 / Credit: every name, the first, shares of 1
-- column publication_number: 公开（公告）号 / Publication
-- column office: 公布局 / Office of the document
-- column stage: 公布阶段 / Stage of the document
-- column patent_type: 专利类型 / Patent type
-- column filing_year: 申请年 / Filing year
-- column publication_year: 公开年 / Year of publication
-- column legal_status: 法律状态 / Legal status
-- column exports: 给出该文献的导出格式 / Formats of the exports that give the publication
-- column provinces: 全部省（原文） / Every province as exported
-- column cities: 全部市（原文） / Every city as exported
-- column named: 计数对象的名称（原文），空为未知 / The name that is counted, as exported; empty where there is none
-- column weight: 计入的份额 / What the publication counts for this name
WITH listed AS (
    SELECT
        publication.publication_number,
        publication.office,
        publication.stage,
        publication.patent_type,
        publication.filing_year,
        publication.publication_date,
        publication.legal_status,
        publication.provinces,
        publication.cities,
        CASE counted_by
            WHEN 'owner' THEN publication.current_owners
            WHEN 'applicant' THEN publication.applicants
            WHEN 'province' THEN publication.provinces
            WHEN 'city' THEN publication.cities
            WHEN 'district' THEN publication.districts
        END AS names
    FROM core.publication AS publication
),
credited AS (
    SELECT
        listed.publication_number,
        listed.office,
        listed.stage,
        listed.patent_type,
        listed.filing_year,
        listed.publication_date,
        listed.legal_status,
        listed.provinces,
        listed.cities,
        CASE credit WHEN 'first' THEN listed.names[1:1] ELSE list_distinct(listed.names) END AS names
    FROM listed
),
given AS (
    SELECT source.publication_number, list_sort(list(DISTINCT file.export)) AS exports
    FROM core.publication_source AS source
    INNER JOIN meta.source_file AS file ON file.source_file_id = source.source_file_id
    GROUP BY source.publication_number
)
SELECT
    credited.publication_number,
    credited.office,
    credited.stage,
    credited.patent_type,
    credited.filing_year,
    CAST(year(credited.publication_date) AS INTEGER) AS publication_year,
    credited.legal_status,
    given.exports,
    credited.provinces,
    credited.cities,
    unnest(CASE WHEN len(credited.names) > 0 THEN credited.names ELSE [CAST(NULL AS VARCHAR)] END) AS named,
    CASE
        WHEN credit = 'fractional' THEN 1 / CAST(greatest(coalesce(len(credited.names), 0), 1) AS DOUBLE)
        ELSE CAST(1 AS DOUBLE)
    END AS weight
FROM credited
LEFT JOIN given ON given.publication_number = credited.publication_number
