-- seed: 3
-- figure: applicant_branch
-- title_zh: 布局全面的重点申请人
-- title_en: Key applicants with broad portfolios
-- sentence_zh: {told_zh}是申请量居前的重点申请人，各自覆盖 {branches} 个三级分支中的至少 {least_covered} 个，布局较为全面。
-- sentence_en: {told_en} lead by applications and each cover at least {least_covered} of the {branches} branches: broad portfolios.
-- otherwise_zh: 申请量居前的申请人为{told_zh}，各自覆盖 {branches} 个三级分支中的至少 {least_covered} 个。
-- otherwise_en: The leading applicants are {told_en}; each covers at least {least_covered} of the {branches} branches.
-- condition_zh: 申请量前五的集团恰为 IBM、微软、英特尔、华为、日立，且各自在三分之二以上的分支有 3 件以上
-- condition_en: the five leading groups are IBM, Microsoft, Intel, Huawei and Hitachi, each with 3 filings or more in two thirds of the branches
WITH leading_group AS (
    SELECT
        list(breadth.group_id ORDER BY breadth.rank, breadth.group_id) AS groups,
        min(breadth.covered_branches) AS least_covered,
        any_value(breadth.branches) AS branches,
        string_agg(breadth.group_name, '、' ORDER BY breadth.rank, breadth.group_id) AS told_zh,
        string_agg(coalesce(applicant.name_en, breadth.group_name), '; ' ORDER BY breadth.rank, breadth.group_id) AS told_en
    FROM metrics.m19_breadth AS breadth
    LEFT JOIN core.applicant AS applicant ON applicant.applicant_id = breadth.group_id
    WHERE breadth.rank <= 5
)
SELECT
    list_sort(groups) = ['hitachi', 'huawei', 'ibm', 'intel', 'microsoft'] AND 3 * least_covered >= 2 * branches AS holds,
    concat(array_to_string(groups, ', '), '; ', least_covered, ' / ', branches) AS found,
    CASE WHEN groups IS NULL THEN '有核心标签与申请人的申请' END AS missing_zh,
    CASE WHEN groups IS NULL THEN 'filings with a core label and an applicant' END AS missing_en,
    least_covered,
    branches,
    told_zh,
    told_en
FROM leading_group
