-- severity: error
-- title_zh: 申请趋势的年份连续
-- title_en: The years of the trend are continuous
SELECT area, patent_type, label_level, min(filing_year) AS first_year, max(filing_year) AS last_year, count(*) AS years
FROM metrics.m01_filing_trend
GROUP BY area, patent_type, label_level
HAVING max(filing_year) - min(filing_year) + 1 <> count(*) OR count(DISTINCT filing_year) <> count(*)
