-- Provinces and cities that are called $name: by code, by either name or by the English one. $parent: the province of a city.
SELECT region.region_code, region.short_name
FROM core.region AS region
WHERE
    region.region_level = $level
    AND region.region_status = 'current'
    AND ($parent IS NULL OR region.parent_code = $parent)
    AND lower($name) IN (
        region.region_code, lower(region.region_name), lower(region.short_name), lower(region.name_en)
    )
ORDER BY region.region_code
