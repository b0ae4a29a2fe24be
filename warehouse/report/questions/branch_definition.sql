SELECT
    branch,
    tier1_title_zh,
    tier1_title_en,
    tier2_title_zh,
    tier2_title_en,
    title_zh,
    title_en,
    origin,
    definition_zh,
    definition_en
FROM core.branch
ORDER BY tier1, tier2, branch
