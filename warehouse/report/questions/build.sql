SELECT
    version_key,
    patnav_version,
    taxonomy_version,
    is_synthetic,
    cut_off_date,
    cut_off_basis,
    publication_lag_months,
    last_complete_year,
    focus_province_code,
    focus_city_code,
    content_hash
FROM meta.build
