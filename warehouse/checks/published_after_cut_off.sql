-- severity: warning
-- title_zh: 公布日不晚于数据截止日
-- title_en: No publication is later than the cut-off date
SELECT publication.publication_number, publication.publication_date
FROM core.publication AS publication
CROSS JOIN meta.build AS build
WHERE publication.publication_date > build.cut_off_date
