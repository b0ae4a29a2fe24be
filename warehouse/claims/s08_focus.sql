-- seed: 8
-- figure: applicant_branch
-- title_zh: 头部企业近年布局重点
-- title_en: Recent focus of the leaders
-- sentence_zh: {told_zh}等 {branches} 个分支是头部企业 {first_year}—{last_year} 年布局的重点。
-- sentence_en: {branches} branches were the focus of the leading applicants from {first_year} to {last_year}: {told_en}.
-- otherwise_zh: 头部企业 {first_year}—{last_year} 年布局的重点有 {branches} 个分支：{told_zh}。
-- otherwise_en: From {first_year} to {last_year} the leading applicants concentrated on {branches} branches: {told_en}.
-- condition_zh: 布局重点恰为云原生、GPU、专用AI芯片、存算一体基础器件、三维封装、量子电路、神经形态器件七个分支
-- condition_en: exactly the seven branches cloud.native, chip.gpu, chip.ai_asic, cim.device, pkg.3d, quantum.circuit, neuro.device
WITH focus AS (
    SELECT
        list(branch ORDER BY branch) FILTER (WHERE is_focus) AS branches,
        any_value(first_year) AS first_year,
        any_value(last_year) AS last_year,
        coalesce(string_agg(branch_zh, '、' ORDER BY rank, branch) FILTER (WHERE is_focus), '（无）') AS told_zh,
        coalesce(string_agg(branch_en, ', ' ORDER BY rank, branch) FILTER (WHERE is_focus), 'none') AS told_en,
        coalesce(sum(applications), 0) AS assignments
    FROM metrics.m18_focus_branch
)
SELECT
    coalesce(
        branches
        = ['chip.ai_asic', 'chip.gpu', 'cim.device', 'cloud.native', 'neuro.device', 'pkg.3d', 'quantum.circuit'],
        false
    ) AS holds,
    coalesce(array_to_string(branches, ', '), 'none') AS found,
    CASE WHEN assignments = 0 THEN '头部申请人近三个完整年的核心标签' END AS missing_zh,
    CASE WHEN assignments = 0 THEN 'core labels of the leading applicants in the last three complete years' END AS missing_en,
    coalesce(len(branches), 0) AS branches,
    first_year,
    last_year,
    told_zh,
    told_en
FROM focus
