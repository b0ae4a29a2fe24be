-- severity: error
-- title_zh: 应合计为 1 的占比合计为 1
-- title_en: Shares that divide a whole sum to 1
WITH divided AS (
    SELECT 'm03_office_ranking' AS metric, label_level AS series, sum(share) AS shares
    FROM metrics.m03_office_ranking
    GROUP BY ALL
    UNION ALL
    SELECT 'm04_province_ranking', label_level, sum(share)
    FROM metrics.m04_province_ranking
    GROUP BY ALL
    UNION ALL
    SELECT 'm04_province_year', concat(label_level, ' ', CAST(filing_year AS VARCHAR)), sum(share)
    FROM metrics.m04_province_year
    GROUP BY ALL
    UNION ALL
    SELECT 'm08_applicant_ranking', label_level, sum(share)
    FROM metrics.m08_applicant_ranking
    WHERE unit = 'application' AND credit = 'first'
    GROUP BY ALL
    UNION ALL
    SELECT 'm33_city_share', label_level, sum(share)
    FROM metrics.m33_city_share
    GROUP BY ALL
    UNION ALL
    SELECT 'm34_city_enterprise_share', label_level, sum(share)
    FROM metrics.m34_city_enterprise_share
    GROUP BY ALL
    UNION ALL
    SELECT 'm35_district_distribution', concat(population, ' ', label_level), sum(share)
    FROM metrics.m35_district_distribution
    GROUP BY ALL
    UNION ALL
    SELECT 'm10_origin_office', concat(label_level, ' ', coalesce(origin_country, 'unknown')), sum(origin_share)
    FROM metrics.m10_origin_office
    GROUP BY ALL
    UNION ALL
    SELECT 'm30_share_of_country', label_level, sum(share_of_country)
    FROM metrics.m30_share_of_country
    GROUP BY ALL
    UNION ALL
    SELECT 'm37_applicant_type', concat(credit, ' ', label_level), sum(share)
    FROM metrics.m37_applicant_type
    WHERE credit IN ('first', 'fractional')
    GROUP BY ALL
    UNION ALL
    SELECT 'm46_legal_status', concat(area, ' ', unit, ' ', label_level), sum(share)
    FROM metrics.m46_legal_status
    GROUP BY ALL
)
SELECT metric, series, shares
FROM divided
WHERE abs(shares - 1) > 1e-9
