-- severity: error
-- title_zh: 技术构成含全部三级分支
-- title_en: Every tier-3 branch stands in the structure of branches
SELECT branch.branch, measured.unit
FROM core.branch AS branch
CROSS JOIN (SELECT 'application' AS unit UNION ALL SELECT 'family') AS measured
ANTI JOIN metrics.m12_branch_structure AS structure
    ON structure.tier = 3 AND structure.branch = branch.branch AND structure.unit = measured.unit
UNION ALL
SELECT structure.branch, structure.unit
FROM metrics.m12_branch_structure AS structure
ANTI JOIN core.branch AS branch ON branch.branch = structure.branch
WHERE structure.tier = 3
