"""The numbers that make the seed document's claims true on the synthetic world, each with the claim it serves."""

from __future__ import annotations

from datetime import date

CUT_OFF = date(2024, 6, 30)
FIRST_YEAR, LAST_COMPLETE_YEAR, LAST_YEAR = 2003, 2022, 2024
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
# The 12-digit Chinese application number began on this day; earlier filings would need the old shape.
FIRST_CN_DAY = date(2003, 10, 1)

# S1, S2: CN > US > JP > KR > EP and the widest gap of ranks 1 to 8 after US. WO is no office of the ranking.
OFFICE_SHARE = {
    "CN": 0.400, "US": 0.240, "JP": 0.095, "KR": 0.070, "EP": 0.050, "TW": 0.032,
    "DE": 0.024, "IN": 0.019, "CA": 0.015, "AU": 0.012, "WO": 0.043,
}  # fmt: skip
NOISE_SHARE = 0.06
# Filings that only the Google Patents file knows: a title, no codes, so no branch at level core.
TITLE_ONLY_SHARE = {"US": 0.03, "JP": 0.03, "KR": 0.03, "EP": 0.03}

# The part of an office's filings that begins a family there; the rest enters from abroad within the priority year.
DOMESTIC_SHARE = {
    "CN": 0.88, "US": 0.58, "JP": 0.75, "KR": 0.74, "EP": 0.36, "TW": 0.68,
    "DE": 0.62, "IN": 0.25, "CA": 0.12, "AU": 0.15, "WO": 0.0,
}  # fmt: skip
HOME_REGION = {"CN": "CN", "US": "US", "JP": "JP", "KR": "KR", "EP": "EU", "TW": "TW", "DE": "EU",
               "IN": "IN", "CA": "CA", "AU": "AU"}  # fmt: skip
REGION_COUNTRY = {"EU": "DE"}
FOREIGN_ORIGIN = {
    "CN": {"US": 0.48, "JP": 0.24, "KR": 0.17, "EU": 0.08, "TW": 0.03},
    "US": {"JP": 0.29, "CN": 0.26, "KR": 0.21, "EU": 0.14, "TW": 0.10},
    "JP": {"US": 0.62, "KR": 0.14, "EU": 0.14, "CN": 0.10},
    "KR": {"US": 0.60, "JP": 0.20, "CN": 0.10, "EU": 0.10},
    "EP": {"US": 0.50, "CN": 0.22, "JP": 0.16, "KR": 0.12},
    "TW": {"US": 0.62, "JP": 0.30, "KR": 0.08},
    "DE": {"US": 0.65, "JP": 0.25, "KR": 0.10},
    "IN": {"US": 0.70, "CN": 0.12, "JP": 0.10, "KR": 0.08},
    "CA": {"US": 0.85, "JP": 0.15},
    "AU": {"US": 0.85, "JP": 0.15},
    "WO": {"US": 0.46, "CN": 0.26, "JP": 0.14, "KR": 0.07, "EU": 0.07},
}

# S4: every step 2018 -> 2022 of CN above 38 %; the margin survives whole-number rounding.
CN_RECENT_GROWTH = {2019: 1.42, 2020: 1.40, 2021: 1.44, 2022: 1.41}
CN_CLAIMED_GROWTH = 1.38
GROWTH = {"CN": 1.22, "US": 1.09, "JP": 1.03, "KR": 1.08, "EP": 1.07, "TW": 1.09, "DE": 1.04, "IN": 1.10,
          "CA": 1.05, "AU": 1.05, "WO": 1.12}  # fmt: skip
# What the 18-month lag leaves visible of 2023 and 2024, as a part of the trend year 2022.
VISIBLE_AT_HOME = {"CN": {2023: 0.55, 2024: 0.08}}
VISIBLE_ELSEWHERE = {2023: 0.03, 2024: 0.0}
VISIBLE_FROM_ABROAD = {2023: 0.45, 2024: 0.0}

# S5, S6: Shanghai stays ahead in the sum, Zhejiang in every year from 2021; the widest gap (of ten) comes after 5.
OVERTAKING_YEAR = 2021
LEADER, OVERTAKER = "上海", "浙江"
PROVINCE_SHARE = {
    "北京": 0.190, "广东": 0.175, "江苏": 0.135, "上海": 0.135, "浙江": 0.085, "山东": 0.050, "湖北": 0.043,
    "四川": 0.037, "陕西": 0.031, "安徽": 0.027, "湖南": 0.022, "天津": 0.018, "福建": 0.014, "河南": 0.011,
    "辽宁": 0.009, "重庆": 0.008, "河北": 0.005, "贵州": 0.004,
}  # fmt: skip
PROVINCE_SHARE_SINCE_OVERTAKING = PROVINCE_SHARE | {LEADER: 0.096, OVERTAKER: 0.114}

# S10, S11: Hangzhou 75 % of Zhejiang, three districts above 60 % of Hangzhou.
ZHEJIANG_CITY_SHARE = {"杭州": 0.75, "宁波": 0.10, "嘉兴": 0.04, "绍兴": 0.03, "温州": 0.03, "湖州": 0.02,
                       "金华": 0.015, "台州": 0.015}  # fmt: skip
HANGZHOU_DISTRICT_SHARE = {"滨江区": 0.28, "西湖区": 0.21, "余杭区": 0.17, "萧山区": 0.09, "钱塘区": 0.06,
                           "上城区": 0.06, "拱墅区": 0.05, "临平区": 0.03, "富阳区": 0.02, "临安区": 0.02,
                           "": 0.01}  # fmt: skip
HANGZHOU_REDIVIDED = date(2021, 4, 9)
# Which old district an address in a new one had before the re-division; two where the new one joined both.
DISTRICT_BEFORE = {"临平区": ("余杭区",), "钱塘区": ("江干区",), "上城区": ("上城区", "江干区"),
                   "拱墅区": ("拱墅区", "下城区")}  # fmt: skip

# S3, S8: five applicants cover all branches; in the three years up to T* they turn to seven of them.
KEY_APPLICANTS = ("ibm", "microsoft", "intel", "huawei", "hitachi")
FOCUS_BRANCHES = ("cloud.native", "chip.gpu", "chip.ai_asic", "cim.device", "pkg.3d", "quantum.circuit", "neuro.device")
FOCUS_SINCE = 2020
OTHER_BRANCH_WEIGHT = 0.20
EARLIER_FOCUS_WEIGHT = 0.8
# How much likelier a family of such an applicant goes abroad.
ABROAD_WEIGHT = {"key": 3.5, "named": 1.0, "synthetic": 0.5}

# Two-branch families pair branches of the same class (focus or not), so that they leave the seven of S8 as they are.
PARTNERS = {
    "cim.device": ("neuro.device",), "neuro.device": ("cim.device",), "chip.gpu": ("quantum.circuit",),
    "quantum.circuit": ("chip.gpu",), "chip.ai_asic": ("pkg.3d",), "pkg.3d": ("chip.ai_asic",),
    "hpc.heterogeneous": ("hpc.parallel_interconnect",), "hpc.parallel_interconnect": ("hpc.heterogeneous",),
    "cloud.virtualization": ("cloud.edge",), "cloud.edge": ("cloud.virtualization",),
    "photonic.onn": ("photonic.processor",), "photonic.processor": ("photonic.onn",),
    "cim.arch": ("neuro.chip",), "neuro.chip": ("cim.arch",),
}  # fmt: skip
TWO_BRANCH_SHARE = 0.08
CO_APPLICANT_SHARE = 0.12
NO_ABSTRACT_SHARE = 0.04
OWN_FIELD_SHARE = 0.75

UTILITY_SHARE = 0.25
# Utility models appear after about eight months, so they make up most of what is visible of the last years.
UTILITY_SHARE_VISIBLE = {2023: 0.45, 2024: 0.80}

GRANT_SHARE = {"CN": 0.55, "US": 0.72, "JP": 0.65, "KR": 0.65, "EP": 0.50, "TW": 0.60, "DE": 0.40, "IN": 0.30,
               "CA": 0.50, "AU": 0.60, "WO": 0.0}  # fmt: skip
GRANT_LAG_DAYS = {"CN": (500, 1100), "US": (600, 1200), "JP": (700, 1300), "KR": (600, 1100), "EP": (1000, 2000),
                  "TW": (500, 1000), "DE": (1200, 2200), "IN": (1200, 2200), "CA": (1000, 2000),
                  "AU": (700, 1200)}  # fmt: skip
EARLY_PUBLICATION_SHARE = 0.30


def year_weights(office: str, late: dict[int, float]) -> dict[int, float]:
    """Relative filings per year of an office: growth up to T*, then what `late` leaves visible of the trend year."""
    growth = GROWTH[office]
    weights = {year: growth ** (year - 2018) for year in range(FIRST_YEAR, 2019)}
    for year in range(2019, LAST_COMPLETE_YEAR + 1):
        step = CN_RECENT_GROWTH[year] if office == "CN" else growth
        weights[year] = weights[year - 1] * step
    if office == "CN":
        weights[FIRST_YEAR] /= 4
    return weights | {year: weights[LAST_COMPLETE_YEAR] * part for year, part in late.items()}
