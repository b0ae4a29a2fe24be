SELECT
    structure.tier,
    structure.branch,
    structure.parent_branch,
    structure.title_zh,
    structure.title_en,
    structure.families,
    structure.applications,
    structure.share,
    structure.is_double_counted,
    structure.origin,
    structure.unit,
    structure.date_basis,
    structure.credit,
    structure.place_rule,
    structure.patent_types,
    structure.label_level,
    structure.last_complete_year
FROM metrics.m12_branch_structure AS structure
WHERE structure.unit = 'family'
ORDER BY structure.tier, structure.families DESC, structure.branch
