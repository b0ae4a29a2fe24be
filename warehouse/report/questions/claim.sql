SELECT
    claim.claim,
    claim.seed,
    claim.figure,
    claim.title_zh,
    claim.title_en,
    claim.verdict,
    claim.sentence_zh,
    claim.sentence_en,
    claim.condition_zh,
    claim.condition_en,
    claim.found
FROM meta.claim AS claim
ORDER BY claim.seed, claim.claim
