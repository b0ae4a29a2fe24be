-- severity: error
-- title_zh: 全部标签出自同一分支体系版本
-- title_en: All labels are of the taxonomy version of the build
SELECT label.taxonomy_version, count(*) AS labels
FROM core.application_branch AS label
CROSS JOIN meta.build AS build
WHERE label.taxonomy_version <> build.taxonomy_version
GROUP BY label.taxonomy_version
