SELECT branch, is_focus, applications, share, lift
FROM metrics.m18_focus_branch
ORDER BY branch
