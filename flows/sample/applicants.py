"""Who files: the real companies and institutes of applicants.csv, and others that are plainly synthetic."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from random import Random

from flows.sample.calibration import DISTRICT_BEFORE, HANGZHOU_REDIVIDED, KEY_APPLICANTS, REGION_COUNTRY

HOME = files("flows.sample")
CITY_LATIN = {
    "北京": "Beijing", "深圳": "Shenzhen", "广州": "Guangzhou", "东莞": "Dongguan", "珠海": "Zhuhai", "南京": "Nanjing",
    "苏州": "Suzhou", "无锡": "Wuxi", "上海": "Shanghai", "济南": "Jinan", "青岛": "Qingdao", "武汉": "Wuhan",
    "成都": "Chengdu", "绵阳": "Mianyang", "西安": "Xi'an", "合肥": "Hefei", "芜湖": "Wuhu", "长沙": "Changsha",
    "天津": "Tianjin", "福州": "Fuzhou", "厦门": "Xiamen", "郑州": "Zhengzhou", "沈阳": "Shenyang", "大连": "Dalian",
    "重庆": "Chongqing", "石家庄": "Shijiazhuang", "保定": "Baoding", "贵阳": "Guiyang", "杭州": "Hangzhou",
    "宁波": "Ningbo", "嘉兴": "Jiaxing", "绍兴": "Shaoxing", "温州": "Wenzhou", "湖州": "Huzhou", "金华": "Jinhua",
    "台州": "Taizhou",
}  # fmt: skip


@dataclass(frozen=True)
class Applicant:
    """An applicant with its seat, the branches it works in and its spellings by script (zh, tw, latin, ja, ko)."""

    applicant_id: str
    name_zh: str
    name_en: str
    country: str
    kind: str
    province: str
    city: str
    district: str
    group_id: str
    weight: float
    branches: tuple[str, ...] = ()
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    district_before: str = ""

    @property
    def is_synthetic(self) -> bool:
        return self.applicant_id.startswith("synthetic")

    @property
    def is_key(self) -> bool:
        return self.group_id in KEY_APPLICANTS

    def district_on(self, day) -> str:
        """The district of the seat under the boundaries that held on `day`."""
        return self.district_before if day < HANGZHOU_REDIVIDED else self.district


def named_applicants() -> list[Applicant]:
    """The real applicants of applicants.csv, in file order."""
    text = HOME.joinpath("applicants.csv").read_text(encoding="utf-8")
    return [_from_row(row) for row in csv.DictReader(text.splitlines())]


def _from_row(row: dict[str, str]) -> Applicant:
    return Applicant(
        applicant_id=row["applicant_id"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        country=row["country"],
        kind=row["type"],
        province=row["province"],
        city=row["city"],
        district=row["district"],
        group_id=row["group_id"],
        weight=float(row["weight"]),
        branches=tuple(row["branches"].split()),
        spellings={
            script: tuple(row[f"{script}_spellings"].split("|"))
            for script in ("zh", "tw", "latin", "ja", "ko")
            if row[f"{script}_spellings"]
        },
        district_before=DISTRICT_BEFORE.get(row["district"], (row["district"],))[-1],
    )


def places() -> dict[str, dict[str, list[str]]]:
    """Province -> city -> districts of the synthetic applicants."""
    return tomllib.loads(HOME.joinpath("places.toml").read_text(encoding="utf-8"))


class SyntheticRegister:
    """Hands out synthetic applicants; their running number makes every name unique and unmistakable."""

    def __init__(self, rng: Random, branches: list[str]) -> None:
        self._rng, self._branches, self._issued = rng, branches, 0

    def chinese(self, province: str, city: str, district: str) -> Applicant:
        """A company (four of five) or university at this place."""
        number = self._next()
        is_university = number % 5 == 0
        name_zh = f"合成大学（{city}） {number:03d}" if is_university else f"合成科技（{city}）有限公司 {number:03d}"
        latin = CITY_LATIN[city]
        name_en = f"Synthetic University ({latin}) {number:03d}"
        if not is_university:
            name_en = f"Synthetic Technology ({latin}) Co., Ltd. {number:03d}"
        before = DISTRICT_BEFORE.get(district, (district,))
        return self._issue(number, name_zh, name_en, "CN", is_university, province, city, district, before)

    def foreign(self, region: str) -> Applicant:
        """A company (four of five) or university somewhere in `region`."""
        number = self._next()
        is_university = number % 5 == 0
        name_zh = f"合成大学 {number:03d}" if is_university else f"合成计算公司 {number:03d}"
        name_en = f"Synthetic University {number:03d}" if is_university else f"Synthetic Computing Corp {number:03d}"
        country = REGION_COUNTRY.get(region, region)
        province = "TW" if country == "TW" else ""
        return self._issue(number, name_zh, name_en, country, is_university, province, "", "", ("",))

    def _next(self) -> int:
        self._issued += 1
        return self._issued

    def _issue(self, number, name_zh, name_en, country, is_university, province, city, district, before) -> Applicant:
        latin = name_en.upper().replace(",", "").replace(".", "")
        return Applicant(
            applicant_id=f"synthetic{number:04d}",
            name_zh=name_zh,
            name_en=name_en,
            country=country,
            kind="university" if is_university else "company",
            province=province,
            city=city,
            district=district,
            group_id=f"synthetic{number:04d}",
            weight=1.0,
            branches=tuple(self._rng.sample(self._branches, 3)),
            spellings={"latin": (name_en, latin)},
            district_before=before[number % len(before)],
        )
