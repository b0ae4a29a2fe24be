-- severity: warning
-- title_zh: 关注省与关注地市在区划表中
-- title_en: The focus province and city stand in the table of regions
SELECT build.focus_province_code, build.focus_city_code
FROM meta.build AS build
LEFT JOIN core.region AS province
    ON province.region_code = build.focus_province_code AND province.region_level = 'province'
LEFT JOIN core.region AS city
    ON city.region_code = build.focus_city_code AND city.parent_code = build.focus_province_code
WHERE province.region_code IS NULL OR city.region_code IS NULL
