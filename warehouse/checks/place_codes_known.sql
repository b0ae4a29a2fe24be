-- severity: error
-- title_zh: 申请的区划代码在区划表中，且上下级相符
-- title_en: Place codes stand in the table of regions, each under its parent
WITH placed AS (
    SELECT application_id, 'province' AS region_level, province_code AS region_code, CAST(NULL AS VARCHAR) AS parent_code
    FROM core.application
    WHERE province_code IS NOT NULL
    UNION ALL
    SELECT application_id, 'city', city_code, province_code
    FROM core.application
    WHERE city_code IS NOT NULL
    UNION ALL
    SELECT application_id, 'district', district_code, city_code
    FROM core.application
    WHERE district_code IS NOT NULL
)
SELECT placed.application_id, placed.region_level, placed.region_code, placed.parent_code
FROM placed
LEFT JOIN core.region AS region
    ON region.region_code = placed.region_code AND region.region_level = placed.region_level
WHERE
    region.region_code IS NULL
    OR (placed.region_level <> 'province' AND region.parent_code IS DISTINCT FROM placed.parent_code)
