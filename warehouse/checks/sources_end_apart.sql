-- severity: warning
-- title_zh: 各来源的数据截止时间相近（相差不超过半年）
-- title_en: The sources end at about the same time, within half a year
WITH
-- A source is an export format: files of one format are often parts of one search. With fewer than 100 publications the
-- last day of a source is chance.
given AS (
    SELECT
        file.export,
        count(*) AS publications,
        count(publication.publication_date) AS dated_publications,
        max(publication.publication_date) FILTER (WHERE publication.publication_date <= build.cut_off_date) AS last_date,
        max(publication.filing_year) FILTER (WHERE publication.filing_year <= year(build.cut_off_date)) AS last_year
    FROM core.publication_source AS source
    INNER JOIN meta.source_file AS file ON file.source_file_id = source.source_file_id
    INNER JOIN core.publication AS publication ON publication.publication_number = source.publication_number
    CROSS JOIN meta.build AS build
    GROUP BY file.export
),
ended AS (
    SELECT
        export,
        publications,
        CASE WHEN 2 * dated_publications >= publications THEN last_date ELSE make_date(last_year, 12, 31) END AS last_day
    FROM given
    WHERE publications >= 100
),
compared AS (
    SELECT export, publications, last_day, max(last_day) OVER () AS latest_day FROM ended
)
SELECT export, publications, last_day, latest_day
FROM compared
WHERE date_diff('day', last_day, latest_day) > 183
