SELECT
    build.focus_province_code,
    build.focus_city_code,
    (
        SELECT any_value(ranking.province_name)
        FROM metrics.m04_province_ranking AS ranking
        WHERE ranking.province_code = build.focus_province_code
    ) AS province_name,
    (
        SELECT any_value(city.city_name) FROM metrics.m33_city_share AS city WHERE city.is_focus_city
    ) AS city_name
FROM meta.build AS build
