SELECT policy_id, issued_in, issuer, policy_title, data_flag, source
FROM core.policy
ORDER BY TRY_CAST(policy_id AS INTEGER), policy_id
