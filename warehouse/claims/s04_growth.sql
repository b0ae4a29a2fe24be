-- seed: 4
-- figure: filing_trend
-- title_zh: 中国局近四年增长
-- title_en: Growth at the Chinese office over four years
-- sentence_zh: {first_year}—{last_year} 年，中国局申请量每年增长均超过 38%（最低 {lowest_growth:.1%}，复合年增长 {cagr:.1%}）。
-- sentence_en: From {first_year} to {last_year} filings at the Chinese office grew by more than 38 % in every year (lowest {lowest_growth:.1%}, compound {cagr:.1%}).
-- otherwise_zh: {first_year}—{last_year} 年，中国局申请量各年增长最低为 {lowest_growth:.1%}，复合年增长 {cagr:.1%}。
-- otherwise_en: From {first_year} to {last_year} the lowest yearly growth at the Chinese office was {lowest_growth:.1%}, compound {cagr:.1%}.
-- condition_zh: 到最近完整年为止的四个年增长率每个都大于 38%（三种读法中最严的一种）
-- condition_en: each of the four yearly growths up to the last complete year is above 38 %, the strictest of three readings
SELECT
    growth.lowest_growth > 0.38 AS holds,
    concat(
        'lowest ', format('{:.4f}', growth.lowest_growth), ', mean ', format('{:.4f}', growth.mean_growth),
        ', compound ', format('{:.4f}', growth.cagr)
    ) AS found,
    CASE WHEN growth.reason IS NOT NULL THEN '中国局连续五个完整且有申请的年份' END AS missing_zh,
    CASE WHEN growth.reason IS NOT NULL THEN 'five complete years in a row with filings at the Chinese office' END AS missing_en,
    growth.first_year,
    growth.last_year,
    growth.lowest_growth,
    growth.cagr
FROM metrics.m05_growth AS growth
INNER JOIN metrics.m00_level AS level ON level.label_level = growth.label_level
WHERE growth.area = 'cn_office' AND growth.patent_type = 'all' AND growth.years = 4
