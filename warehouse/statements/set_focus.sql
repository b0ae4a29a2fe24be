UPDATE meta.build SET focus_province_code = $province, focus_city_code = $city
