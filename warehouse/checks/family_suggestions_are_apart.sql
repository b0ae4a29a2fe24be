-- severity: error
-- title_zh: 疑似同族不指向自身
-- title_en: A suggested family is another family
SELECT family_id, suggested_family_id, suggestion_reason
FROM core.family_suggestion
WHERE family_id = suggested_family_id
