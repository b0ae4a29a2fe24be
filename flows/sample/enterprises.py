"""The enterprise register of the sample: the seed document's companies and plainly synthetic ones, dealt out by quota.

S10: 64 of Zhejiang's 100 enterprises sit in Hangzhou. S11: 滨江区, 西湖区 and 余杭区 lead there. S12: downstream and
midstream outnumber upstream in Zhejiang, while upstream leads in the rest of the country.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from random import Random

from flows.sample.quotas import deal

COLUMNS = ("enterprise_id", "name", "stage", "product", "province", "city", "district", "source")
PRODUCTS = {
    "upstream": ("AI芯片", "存储芯片", "光模块", "GPU"),
    "midstream": ("AI服务器", "网络设备", "存储设备", "液冷机架", "管理软件", "安全设备"),
    "downstream": ("云服务平台", "智能计算服务", "边缘计算枢纽"),
}
SEED, ASSUMED, SYNTHETIC = "seed document", "seed document; stage assumed for this sample", "synthetic"
ZHEJIANG, HANGZHOU = "浙江", "杭州"
CITIES_OF_ZHEJIANG = {"杭州": 64, "宁波": 12, "嘉兴": 7, "温州": 5, "绍兴": 5, "湖州": 4, "金华": 3}
DISTRICTS_OF_HANGZHOU = {"滨江区": 18, "西湖区": 14, "余杭区": 12, "萧山区": 5, "上城区": 4, "拱墅区": 4, "钱塘区": 3,
                         "临平区": 2, "富阳区": 1, "临安区": 1}  # fmt: skip
STAGES_OF_ZHEJIANG = {"downstream": 46, "midstream": 38, "upstream": 16}
CITIES_ELSEWHERE = {("北京", "北京"): 60, ("广东", "深圳"): 40, ("广东", "广州"): 22, ("江苏", "南京"): 26,
                    ("江苏", "苏州"): 24, ("上海", "上海"): 45, ("山东", "济南"): 18, ("湖北", "武汉"): 15,
                    ("四川", "成都"): 13, ("陕西", "西安"): 9, ("安徽", "合肥"): 9, ("湖南", "长沙"): 6,
                    ("天津", "天津"): 6, ("福建", "福州"): 4, ("河南", "郑州"): 3}  # fmt: skip
STAGES_ELSEWHERE = {"upstream": 0.40, "midstream": 0.32, "downstream": 0.28}
SECOND_STAGE_SHARE = 0.15


@dataclass(frozen=True)
class EnterpriseRow:
    """One enterprise in one stage; an enterprise of several stages has several rows."""

    enterprise_id: str
    name: str
    stage: str
    product: str
    province: str
    city: str
    district: str
    source: str


SEED_ROWS = (
    EnterpriseRow("smic", "中芯国际", "upstream", "AI芯片", "上海", "上海", "浦东新区", SEED),
    EnterpriseRow("ymtc", "长江存储", "upstream", "存储芯片", "湖北", "武汉", "", SEED),
    EnterpriseRow("huawei", "华为", "upstream", "AI芯片", "广东", "深圳", "龙岗区", SEED),
    EnterpriseRow("huawei", "华为", "midstream", "AI服务器", "广东", "深圳", "龙岗区", ASSUMED),
    EnterpriseRow("huawei", "华为", "downstream", "云服务平台", "广东", "深圳", "龙岗区", ASSUMED),
    EnterpriseRow("inspur", "浪潮", "midstream", "AI服务器", "山东", "济南", "历下区", SEED),
    EnterpriseRow("zte", "中兴", "midstream", "网络设备", "广东", "深圳", "南山区", SEED),
    EnterpriseRow("h3c", "新华三", "midstream", "网络设备", "浙江", "杭州", "滨江区", SEED),
    EnterpriseRow("unicom", "联通", "downstream", "智能计算服务", "北京", "北京", "西城区", SEED),
    EnterpriseRow("alibaba", "阿里巴巴", "downstream", "云服务平台", "浙江", "杭州", "余杭区", SEED),
    EnterpriseRow("tencent", "腾讯", "downstream", "云服务平台", "广东", "深圳", "南山区", SEED),
    EnterpriseRow("netease", "网易", "downstream", "智能计算服务", "浙江", "杭州", "滨江区", SEED),
    EnterpriseRow("cethik", "中电海康", "midstream", "存储设备", "浙江", "杭州", "余杭区", ASSUMED),
    EnterpriseRow("aliyun", "阿里云", "downstream", "云服务平台", "浙江", "杭州", "西湖区", ASSUMED),
)


def enterprise_rows(seed: int) -> tuple[EnterpriseRow, ...]:
    """The register: 400 enterprises, the seed's first; the same seed gives the same rows."""
    rng = Random(f"{seed}/enterprises")
    rows = list(SEED_ROWS)
    for number, (province, city, district, stage) in enumerate(_synthetic_seats(rng), start=1):
        row = _synthetic(number, stage, province, city, district, rng)
        rows.append(row)
        if rng.random() < SECOND_STAGE_SHARE:
            rows.append(_second_stage(row, rng))
    return tuple(rows)


def table(seed: int) -> list[tuple[str, ...]]:
    """Header and rows as texts."""
    return [COLUMNS, *(astuple(row) for row in enterprise_rows(seed))]


def _synthetic_seats(rng: Random) -> Iterator[tuple[str, str, str, str]]:
    """Province, city, district and first stage of each synthetic enterprise: the quotas less what the seed's take."""
    stages_here, stages_there = dict(STAGES_OF_ZHEJIANG), STAGES_ELSEWHERE
    districts, elsewhere = dict(DISTRICTS_OF_HANGZHOU), dict(CITIES_ELSEWHERE)
    for row in {row.enterprise_id: row for row in reversed(SEED_ROWS)}.values():
        if row.province == ZHEJIANG:
            stages_here[row.stage] -= 1
            districts[row.district] -= 1
        else:
            elsewhere[(row.province, row.city)] -= 1
    seats = [(HANGZHOU, district) for district, count in districts.items() for _ in range(count)]
    seats += [(city, "") for city, count in CITIES_OF_ZHEJIANG.items() if city != HANGZHOU for _ in range(count)]
    for (city, district), stage in zip(seats, deal(stages_here, len(seats), rng), strict=True):
        yield ZHEJIANG, city, district, stage
    seats = [seat for seat, count in elsewhere.items() for _ in range(count)]
    for (province, city), stage in zip(seats, deal(stages_there, len(seats), rng), strict=True):
        yield province, city, "", stage


def _synthetic(number: int, stage: str, province: str, city: str, district: str, rng: Random) -> EnterpriseRow:
    product = rng.choice(PRODUCTS[stage])
    name = f"合成企业 {number:03d}"
    return EnterpriseRow(f"synthetic{number:03d}", name, stage, product, province, city, district, SYNTHETIC)


def _second_stage(row: EnterpriseRow, rng: Random) -> EnterpriseRow:
    """Another stage of the same enterprise: chip makers build machines, machine makers and platforms trade places."""
    stage = {"upstream": "midstream", "midstream": "downstream", "downstream": "midstream"}[row.stage]
    return replace(row, stage=stage, product=rng.choice(PRODUCTS[stage]))
