SELECT
    measured.branch,
    branch.title_zh AS branch_zh,
    branch.title_en AS branch_en,
    measured.decisions,
    measured.reviewed_labels,
    measured.confirmed_labels,
    measured.missed_labels,
    measured.precision,
    measured.lowest_precision,
    measured.highest_precision,
    measured.is_small_base,
    measured.unit,
    measured.date_basis,
    measured.credit,
    measured.place_rule,
    measured.patent_types,
    measured.label_level
FROM metrics.m54_label_precision AS measured
LEFT JOIN core.branch AS branch ON branch.branch = measured.branch
ORDER BY measured.branch NULLS FIRST
