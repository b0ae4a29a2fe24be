-- The city with most filings of the focus province; of those that tie, and where none has any, the first by its code.
SELECT city.city_code
FROM metrics.m33_city_share AS city
INNER JOIN metrics.m00_level AS level ON level.label_level = city.label_level
WHERE city.city_code IS NOT NULL
ORDER BY city.applications DESC, city.city_code
LIMIT 1
