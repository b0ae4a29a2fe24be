SELECT
    period,
    first_year,
    last_year,
    group_rank,
    group_id,
    group_name,
    branch,
    branch_zh,
    branch_en,
    families,
    row_share,
    column_share,
    is_complete_year,
    unit,
    date_basis,
    credit,
    place_rule,
    patent_types,
    label_level,
    last_complete_year
FROM metrics.m17_applicant_branch
WHERE unit = 'family' AND group_rank <= 10
ORDER BY period, group_rank, group_name, group_id, branch
