"""One place from what an export says of it: names of province, city and district, an address, or both.

The gazetteer is core.region. Every level must stand under its parent: a name that does not is left out and the place is of
low confidence. What no rule knows stays unknown; nothing is taken from a name that merely occurs somewhere in an address.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache

from schemas.reference import shipped
from transforms.texts import fold

HIGH, MEDIUM, LOW, NONE = "high", "medium", "low", "none"
_ORDER = (NONE, LOW, MEDIUM, HIGH)
# CN, HK, MO and TW are apart in ST.3; their codes of GB/T 2260.
APART = {"710000": "TW", "810000": "HK", "820000": "MO"}
_CODE_OF = {country: code for code, country in APART.items()}
_MUNICIPALITIES = {"110000": "110100", "120000": "120100", "310000": "310100", "500000": "500100"}

# Beside a city, other codes of two letters are rather those of a canton or state: SH, SN, BB.
_SURE_CODES = frozenset(("CN", "US", "JP", "KR", "GB", "FR", "SG", *_CODE_OF))

_POSTCODE = re.compile(r"^\D{0,3}\d{6}(?=\D)")
_LEADING = re.compile(r"^(?:中华人民共和国|中国(?!科|人民|石|移|电|联|铁|船|航))+")
_BRACKETS = re.compile(r"^[\[【(]|[\])】]$")
_CODED_PROVINCE = re.compile(r"^(?:中国)?(?P<name>\D*?)[;；]\s*(?P<code>\d{2})$")
_ETHNIC_PREFECTURE = re.compile(r"^(.{2,4}?)(?:[^族]{1,3}族)+自治[州县旗]$")
_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|自治旗|地区|林区|新区|矿区|[省市区县盟旗])$")
# A stem before one of these is part of a longer name: 西湖路, 长安镇.
_LONGER_NAME = re.compile(r"(?:[东南西北中]?(?:路|街|大道|大街|道|巷|弄)|[村镇乡屯桥河湖山港])")
_HAN = re.compile(r"[\u3400-\u9fff]")
_MAINLAND = re.compile(r"\b(?:china|p\.? ?r\.? ?c\.?|cn)\b")
_LAST_CODE = re.compile(r"[,\s(\[]([A-Z]{2})[\])]?\.?$")
_MARKS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class Place:
    """Codes of GB/T 2260, empty where not known; `country` of ST.3; `rest` is what follows the last name of an address."""

    country: str | None = None
    province_code: str | None = None
    city_code: str | None = None
    district_code: str | None = None
    confidence: str = NONE
    rest: str = ""


UNKNOWN = Place()


@dataclass(frozen=True)
class _Region:
    code: str
    parent: str | None
    is_current: bool
    is_full_name: bool


def place_of(
    province: str | None, city: str | None = None, district: str | None = None, address: str | None = None
) -> Place:
    """What the export's columns say; what they leave open comes from the address, as long as it agrees with them."""
    said = _of_columns(_clean(province), _clean(city), _clean(district))
    if not address:
        return said
    told = of_address(address)
    if said == UNKNOWN:
        return told
    if said.country != told.country or not _agree(said, told):
        return said
    lower = [getattr(said, name) or getattr(told, name) for name in ("province_code", "city_code", "district_code")]
    return Place(said.country, *lower, _least(said.confidence, told.confidence), told.rest)


def _agree(one: Place, other: Place) -> bool:
    pairs = [(one.province_code, other.province_code), (one.city_code, other.city_code)]
    return all(left is None or right is None or left == right for left, right in pairs)


def _clean(name: str | None) -> str | None:
    """浙江 of '[浙江]', '浙江;33' and '中国; 33'."""
    if not name or not name.strip(" -"):
        return None
    bare = _BRACKETS.sub("", fold(name).strip())
    coded = _CODED_PROVINCE.match(bare)
    if coded:
        return coded["code"] + "0000"
    return bare.strip() or None


# ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_columns(province: str | None, city: str | None, district: str | None) -> Place:
    if province is None:
        return _without_province(city, district)
    found = _pick(_children(None).get(province, ()))
    if found is None or _is_state_abroad(province, city):
        return _abroad(province, city)
    if found.code in APART:
        return Place(APART[found.code], found.code, confidence=HIGH)
    return _below(Place("CN", found.code, confidence=HIGH), city, district)


def _is_state_abroad(code: str, city: str | None) -> bool:
    """MO beside SAINT LOUIS is Missouri, not Macao."""
    return len(code) == 2 and bool(city) and not _HAN.search(city) and _parts_abroad().get(code.lower()) not in (
        None, *APART.values()
    )  # fmt: skip


def _below(place: Place, city: str | None, district: str | None) -> Place:
    """The city under the province and the district under the city, as far as each is found there."""
    if city is not None:
        found = _pick(_children(place.province_code).get(city, ()))
        if found is None:
            # A county-level city stands in the column of cities of some tools.
            county = _under_province(place.province_code, city)
            if county is None:
                return replace(place, confidence=LOW)
            return replace(place, city_code=county.parent, district_code=county.code, confidence=MEDIUM)
        place = replace(place, city_code=found.code)
    elif place.province_code in _MUNICIPALITIES:
        place = replace(place, city_code=_MUNICIPALITIES[place.province_code])
    if district is None:
        return place
    parent = place.city_code
    found = _pick(_children(parent).get(district, ())) if parent else _under_province(place.province_code, district)
    if found is None and parent:
        found = _in_other_part(place.province_code, district)
    if found is None:
        return replace(place, confidence=LOW)
    confidence = place.confidence if parent else MEDIUM
    return replace(place, city_code=found.parent, district_code=found.code, confidence=confidence)


def _in_other_part(province: str, district: str) -> _Region | None:
    """The counties of 重庆 stand under a second code beside that of its districts."""
    return _under_province(province, district) if province in _MUNICIPALITIES else None


def _without_province(city: str | None, district: str | None) -> Place:
    if city is None:
        return UNKNOWN
    cities = {region.code: region for region in _cities().get(city, ()) if region.is_current}
    if len(cities) != 1:
        return _abroad(city, None) if not cities else replace(UNKNOWN, confidence=LOW)
    (found,) = cities.values()
    return replace(_below(Place("CN", found.parent, found.code, None, MEDIUM), city, district), confidence=MEDIUM)


def _abroad(name: str, city: str | None) -> Place:
    """A country by its own name or code, or by that of a part of it; a code that may be either is a part, if its city is not Chinese."""
    plain = _plain(name)
    country = _parts_abroad().get(plain)
    if country == "US" and len(name) == 2 and city and _HAN.search(city):
        country = None
    if country is not None:
        sure = HIGH if len(name) > 2 else MEDIUM
        return Place(country, _CODE_OF.get(country), confidence=sure)
    country = _countries().get(plain)
    if country is None:
        return UNKNOWN
    if len(name) == 2 and city and country not in _SURE_CODES:
        return replace(UNKNOWN, confidence=LOW)
    return Place(country, _CODE_OF.get(country), confidence=HIGH)


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────


def of_address(address: str) -> Place:
    """A place from an address in Chinese characters, or in Latin letters with the mainland named in it."""
    text = fold(address).strip()
    if not _HAN.search(text):
        return _of_latin_address(text)
    text = re.sub(r"\s+", "", _POSTCODE.sub("", text))
    text = _LEADING.sub("", text)
    country = _leading_country(text)
    if country:
        return Place(country, _CODE_OF.get(country), confidence=HIGH, rest=text)
    found, rest = _leading(text, _children(None))
    if found is None:
        return _from_city(text)
    if found.code in APART:
        return Place(APART[found.code], found.code, confidence=HIGH, rest=rest)
    place = Place("CN", found.code, confidence=HIGH if found.is_full_name else MEDIUM)
    return _city_and_district(place, rest)


def _city_and_district(place: Place, text: str) -> Place:
    """Reads on after the province: the city, then the district; either may be left out, and a name may stand twice."""
    province = place.province_code
    cities = _children(province)
    found, rest = _leading(text, cities)
    if found is None and province in _MUNICIPALITIES:
        found, rest = _Region(_MUNICIPALITIES[province], province, True, True), text
    if found is None:
        return _district_without_city(place, text)
    confidence = place.confidence if found.is_full_name else MEDIUM
    place = replace(place, city_code=found.code, confidence=confidence)
    # 徐州市徐州经济开发区, 重庆市重庆市
    again, after = _leading(rest, dict.fromkeys(_names_of_all()[found.code], (found,)))
    district, behind = _leading(rest, _children(found.code))
    if district is None and again is not None:
        district, behind = _leading(after, _children(found.code))
    if district is None and province in _MUNICIPALITIES:
        district, behind = _leading(rest, _all_under(province))
    if district is None:
        return replace(place, rest=rest)
    sure = place.confidence if district.is_full_name else MEDIUM
    return replace(place, city_code=district.parent, district_code=district.code, confidence=sure, rest=behind)


def _district_without_city(place: Place, text: str) -> Place:
    """河南省项城市永丰乡: the county names its city."""
    found, rest = _leading(text, _all_under(place.province_code), full_only=True)
    if found is None:
        return replace(place, rest=text)
    return replace(place, city_code=found.parent, district_code=found.code, confidence=MEDIUM, rest=rest)


def _from_city(text: str) -> Place:
    """杭州市滨江区… without its province; two cities of one name are told apart by nothing, and stay unknown."""
    found, _ = _leading(text, _cities(), full_only=True)
    if found is None:
        found, rest = _leading(text, _counties(), full_only=True)
        if found is None:
            return UNKNOWN
        return Place("CN", _parent(found.parent), found.parent, found.code, MEDIUM, rest)
    return replace(_city_and_district(Place("CN", found.parent, confidence=MEDIUM), text), confidence=MEDIUM)


def _leading(text: str, names: dict[str, tuple[_Region, ...]], full_only: bool = False) -> tuple[_Region | None, str]:
    """The region whose longest name the text begins with, and what follows it."""
    for length in range(min(len(text), 12), 1, -1):
        found = _pick(names.get(text[:length], ()))
        if found is None or (full_only and not found.is_full_name):
            continue
        rest = text[length:]
        if not found.is_full_name and found.parent is not None and _LONGER_NAME.match(rest):
            continue
        return found, rest
    return None, text


def _of_latin_address(text: str) -> Place:
    plain = f" {_plain(text)} "
    if not _MAINLAND.search(text.lower()):
        return _of_foreign_address(text)
    provinces = [code for name, code in _latin_provinces() if f" {name} " in plain]
    place = Place("CN", confidence=LOW)
    if len(set(provinces)) == 1:
        place = replace(place, province_code=provinces[0], confidence=MEDIUM)
        if provinces[0] in APART:
            return replace(place, country=APART[provinces[0]])
        if provinces[0] in _MUNICIPALITIES:
            place = replace(place, city_code=_MUNICIPALITIES[provinces[0]])
    cities = {
        region.code: region
        for name, regions in _latin_cities().items()
        if f" {name} " in plain
        for region in regions
        if place.province_code in (None, region.parent)
    }
    if place.city_code is None and len(cities) == 1:
        (city,) = cities.values()
        place = replace(place, province_code=city.parent, city_code=city.code, confidence=MEDIUM)
    if place.city_code is None:
        return place
    districts = [code for name, code in _latin_districts(place.city_code) if _stands_as_district(name, plain)]
    return replace(place, district_code=districts[0]) if len(set(districts)) == 1 else place


def _stands_as_district(name: str, plain: str) -> bool:
    return any(f" {name} {suffix} " in plain for suffix in ("district", "county", "city", "dist", "qu"))


def _of_foreign_address(text: str) -> Place:
    """The country at the end of an address: by its name, its part's name, or its code after a comma or blank."""
    code = _LAST_CODE.search(text)
    if code and code[1] in set(_countries().values()):
        return Place(code[1], _CODE_OF.get(code[1]), confidence=MEDIUM, rest=text)
    last = _plain(text.rsplit(",", 1)[-1])
    country = _countries().get(last) or (_parts_abroad().get(last) if len(last) > 2 else None)
    return Place(country, _CODE_OF.get(country), confidence=MEDIUM, rest=text) if country else UNKNOWN


# ── the gazetteer, each part of it read once ─────────────────────────────────────────────────────────────────────


@cache
def _rows() -> list[tuple[str, str, str, str, str | None, bool, str]]:
    rows = shipped("region").select(
        "region_code", "region_name", "short_name", "name_en", "parent_code", "region_status", "region_level"
    )
    return [(*row[:5], row[5] == "current", row[6]) for row in rows.rows()]


@cache
def _children(parent: str | None) -> dict[str, tuple[_Region, ...]]:
    """Name -> regions directly under the parent (None: provinces), by full name, short name and stem."""
    return _by_parent().get(parent, {})


@cache
def _by_parent() -> dict[str | None, dict[str, tuple[_Region, ...]]]:
    found: dict[str | None, dict[str, list[_Region]]] = {}
    for code, name, short, _, parent, is_current, _ in _rows():
        names = found.setdefault(parent, {})
        for spelling in _spellings(code, name, short):
            names.setdefault(spelling, []).append(_Region(code, parent, is_current, spelling == name))
    return {parent: {name: tuple(regions) for name, regions in names.items()} for parent, names in found.items()}


def _spellings(code: str, name: str, short: str) -> set[str]:
    spellings = {name, short}
    if code.endswith("0000"):
        spellings |= {code} | ({APART[code]} if code in APART else set())
    ethnic = _ETHNIC_PREFECTURE.match(name)
    stem = ethnic[1] if ethnic else _SUFFIX.sub("", name)
    return spellings | ({stem} if len(stem) >= 2 else set())


@cache
def _names_of_all() -> dict[str, frozenset[str]]:
    return {row[0]: frozenset(_spellings(row[0], row[1], row[2])) for row in _rows()}


@cache
def _all_under(province: str) -> dict[str, tuple[_Region, ...]]:
    """Districts and counties of all cities of a province; a name of two of them means neither."""
    found: dict[str, dict[str, _Region]] = {}
    for code, name, short, _, parent, is_current, level in _rows():
        if level == "district" and _parent(parent) == province:
            for spelling in _spellings(code, name, short):
                found.setdefault(spelling, {})[code] = _Region(code, parent, is_current, spelling == name)
    return {name: _clear(tuple(regions.values())) for name, regions in found.items()}


@cache
def _cities() -> dict[str, tuple[_Region, ...]]:
    found: dict[str, list[_Region]] = {}
    for code, name, short, _, parent, is_current, level in _rows():
        if level == "city":
            for spelling in _spellings(code, name, short):
                found.setdefault(spelling, []).append(_Region(code, parent, is_current, spelling == name))
    return {name: tuple(regions) for name, regions in found.items()}


@cache
def _counties() -> dict[str, tuple[_Region, ...]]:
    """Counties and county-level cities by full name, where only one bears it."""
    found: dict[str, list[_Region]] = {}
    for code, name, _, _, parent, is_current, level in _rows():
        if level == "district" and name[-1] in "县市":
            found.setdefault(name, []).append(_Region(code, parent, is_current, True))
    return {name: _clear(tuple(regions)) for name, regions in found.items()}


def _clear(regions: tuple[_Region, ...]) -> tuple[_Region, ...]:
    current = tuple(region for region in regions if region.is_current) or regions
    return current if len(current) == 1 else ()


def _under_province(province: str | None, name: str) -> _Region | None:
    return _pick(_all_under(province).get(name, ())) if province else None


def _pick(regions: tuple[_Region, ...]) -> _Region | None:
    """A current region before an abolished one, a full name before a stem."""
    ranked = sorted(regions, key=lambda region: (not region.is_full_name, not region.is_current, region.code))
    return ranked[0] if ranked else None


@cache
def _parents() -> dict[str, str | None]:
    return {row[0]: row[4] for row in _rows()}


def _parent(code: str | None) -> str | None:
    return _parents().get(code) if code else None


@cache
def _latin_provinces() -> tuple[tuple[str, str], ...]:
    return tuple((_plain(row[3]), row[0]) for row in _rows() if row[6] == "province")


@cache
def _latin_cities() -> dict[str, tuple[_Region, ...]]:
    found: dict[str, list[_Region]] = {}
    for code, _, _, latin, parent, is_current, level in _rows():
        if level == "city" and is_current and parent not in _MUNICIPALITIES:
            found.setdefault(_plain(latin), []).append(_Region(code, parent, True, True))
    return {name: tuple(regions) for name, regions in found.items()}


@cache
def _latin_districts(city: str) -> tuple[tuple[str, str], ...]:
    return tuple((_plain(row[3]), row[0]) for row in _rows() if row[4] == city and row[5])


@cache
def _parts_abroad() -> dict[str, str]:
    return {_plain(place): country for place, country in shipped("foreign_place").select("place", "country").rows()}


@cache
def _countries() -> dict[str, str]:
    """Names in Chinese and English and the code itself -> ST.3."""
    found: dict[str, str] = {}
    for code, name_zh, name_en, aliases in (
        shipped("office").select("office", "name_zh", "name_en", "aliases_zh").rows()
    ):
        spellings = [code, name_zh, name_en, re.sub(r"\s*\(.*\)$", "", name_en or ""), *(aliases or "").split(";")]
        found |= {_plain(spelling): code for spelling in spellings if spelling}
    return found


def _leading_country(text: str) -> str | None:
    """By the longest Chinese name of a country or of a part of it; those of the mainland are none of them."""
    names = _han_countries()
    return next((names[text[:length]] for length in range(12, 1, -1) if text[:length] in names), None)


@cache
def _han_countries() -> dict[str, str]:
    return {
        name: code
        for name, code in (*_countries().items(), *_parts_abroad().items())
        if _HAN.search(name) and code not in ("CN", "WO", "EP")
    }


def _plain(name: str) -> str:
    """Lower case without accents, punctuation or hyphens: 'tokyo to' of 'Tōkyō-to'."""
    apart = _MARKS.sub("", unicodedata.normalize("NFD", fold(name).replace("İ", "I").lower()))
    return " ".join(re.sub(r"[^\w]+", " ", apart.replace("'", "")).split())


def _least(one: str, other: str) -> str:
    return min(one, other, key=_ORDER.index)
