"""Province, city and district that a Chinese postal address begins with: 226634 江苏省南通市海安县… A foreign address gives none."""

from __future__ import annotations

import polars as pl

from schemas.reference import shipped

_POSTCODE = r"^\s*(?:[0-9]{6})?\s*(?:中国)?"
_CITY = r"(?:([^市州盟区县旗省]{1,8}(?:市|自治州|州|盟|地区))|)"
_DISTRICT = r"([^市州盟区县旗省]{1,9}?(?:区|县|市|旗))?"


def parts_of_address(address: pl.Expr, level: str) -> pl.Expr:
    """The `province`, `city` or `district` of an address as a list of one name, null where it does not say.

    A municipality is its own city. Names are cut out by their endings; whether they exist the gazetteer says later.
    """
    groups = address.str.extract_groups(_POSTCODE + _province() + _CITY + _DISTRICT)
    province, city, district = (groups.struct.field(str(index)) for index in (1, 2, 3))
    found = {
        "province": province,
        "city": pl.when(province.str.ends_with("市")).then(province).otherwise(city),
        "district": district,
    }[level]
    # Without a province the endings alone prove nothing: 株式会社 and 市 stand in other countries' addresses too.
    return pl.when(province.is_not_null() & found.is_not_null()).then(pl.concat_list(found))


def _province() -> str:
    """Every current province by its full name."""
    provinces = shipped("region").filter(region_level="province", region_status="current")["region_name"]
    return f"({'|'.join(provinces.sort())})"
