-- title_zh: 空白与薄弱分支
-- title_en: Blank and weak branches
-- question_zh: 关注省在哪些三级分支是空白，在哪些薄弱？
-- question_en: In which tier-3 branches does the focus province hold nothing, and in which too little?
-- figure: none; the ground for what to strengthen
-- grain_zh: 三级分支
-- grain_en: tier-3 branch
-- conventions_zh: 本项目自定，依据全部年份的 m15_advantage：关注省没有而各省合计至少 10 件·分支为空白；
--   关注省 RTA 低于 0.8 为薄弱；其余为已有布局；分支不足 10 件·分支或低于指数阈值时不判断；
--   有缺口未必就是机会
-- conventions_en: house rule on m15_advantage of all years: blank where the province has none and the provinces
--   together at least 10; weak where its RTA is below 0.8; else present; not judged with fewer than 10 in the branch
--   or below the threshold of the index; a gap is not yet an opportunity
-- column branch: 三级分支 / Tier-3 branch
-- column branch_zh: 分支中文名 / Name in Chinese
-- column branch_en: 分支英文名 / Name in English
-- column assignments: 关注省申请（件） / Applications of the focus province in the branch
-- column branch_assignments: 各省合计（件） / Applications of all mainland provinces in the branch
-- column share: 占各省合计之比 / Share of the mainland provinces
-- column rta: 优势指数 / Revealed technological advantage
-- column standing: 判断：blank 空白、weak 薄弱、present 具备 / Judgement: blank, weak, present
-- column reason: 未判断的原因：too_few_filings、small_branch / Why there is no judgement
WITH focus AS (
    SELECT
        advantage.branch,
        advantage.assignments,
        advantage.branch_assignments,
        advantage.rta,
        advantage.last_complete_year
    FROM metrics.m15_advantage AS advantage
    INNER JOIN meta.build AS build ON build.focus_province_code = advantage.province_code
    WHERE advantage.period = 'all_years'
)
SELECT
    focus.branch,
    branch.title_zh AS branch_zh,
    branch.title_en AS branch_en,
    focus.assignments,
    focus.branch_assignments,
    CAST(focus.assignments AS DOUBLE) / CAST(nullif(focus.branch_assignments, 0) AS DOUBLE) AS share,
    focus.rta,
    CASE
        WHEN focus.branch_assignments < 10 THEN NULL
        WHEN focus.assignments = 0 THEN 'blank'
        WHEN focus.rta < 0.8 THEN 'weak'
        WHEN focus.rta >= 0.8 THEN 'present'
    END AS standing,
    CASE
        WHEN focus.branch_assignments < 10 THEN 'small_branch'
        WHEN focus.assignments > 0 AND focus.rta IS NULL THEN 'too_few_filings'
    END AS reason,
    'application' AS unit,
    'filing_year' AS date_basis,
    'first' AS credit,
    'first_applicant_at_cn_office' AS place_rule,
    'invention+utility_model' AS patent_types,
    'core' AS label_level,
    focus.last_complete_year
FROM focus
INNER JOIN core.branch AS branch ON branch.branch = focus.branch
