SELECT region.parent_code FROM core.region AS region WHERE region.region_code = $city
