"""Applicant names to harmonised applicants, their types and their groups; what is not sure is a suggestion, not a merge.

In this order: the team's alias table, the shipped one, the key of the name (transforms.names), a slip of a far more frequent
spelling (transforms.spellings). A pair in applicant_not_same is never brought together by any of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from schemas.reference import shipped, team_rows, with_team_rows
from schemas.tables import TABLES
from transforms.names import name_key
from transforms.spellings import near_pairs, slips

SUGGEST_RATIO = 88
# More than a team can decide on; the owners named most often come first.
MOST_SUGGESTIONS = 5_000
_ROWS_AT_ONCE = 2_000
_NAME = pl.col("name_key")

_TYPE_PATTERNS = (
    (
        "university",
        r"(?i)大学|大學|学院$|學院$|高等专科|师范|学校|中学$|universi|\buniv\b|college|school of|institute of technology|"
        r"polytechni|politecni|hochschule|"
        r"대학교|산학협력단",
    ),
    (
        "institute",
        r"(?i)研究所|研究院|研究中心|研究会|研究センター|实验室|實驗室|科学院|设计院|勘察院|医院|病院|\binst\b|institut|"
        r"laborator(?:y|ies)$|\bnational lab|fraunhofer|hospital|research cent|연구원|연구소|병원",
    ),
    (
        "government",
        r"(?i)委员会$|人民政府|管理局$|^中华人民共和国|解放军.*部队|公安局|供电局$|气象局$|海关$|ministry|minist[eè]re|"
        r"\bsecretary of\b|government|united states of america as|\bus army\b|\bus navy\b|\bagency for\b|\bnational aeronautics and space",
    ),
    (
        "company",
        r"(?i)公司|株式会社|有限会社|合同会社|会社$|企业|集团|厂$|银行|农场$|合作社$|事务所$|店$|矿$|\(株\)|주식회사|유한회사|"
        r"\b(?:inc|corp|corporation|company|co|ltd|limited|llc|llp|lp|gmbh|ag|kg|nv|bv|sa|se|plc|oy|ab|spa|srl|sarl|kk|pte|pty|technologies|"
        r"systems|holdings|group|industries|electronics|semiconductor|laboratories|kaisha|aktiengesellschaft|bank)\b",
    ),
)
# The hundred most frequent Chinese surnames of the Ministry of Public Security, and some that follow; double ones apart.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪季庞殷樊兰安倪翟颜章鲁葛伍俞"
    "岳齐梅庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵"
)
_DOUBLE_SURNAMES = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木"
_KOREAN_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우"
    "구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모"
)
_PINYIN_SURNAMES = (
    "WANG|LI|ZHANG|LIU|CHEN|YANG|HUANG|ZHAO|WU|ZHOU|XU|SUN|MA|ZHU|HU|GUO|HE|GAO|LIN|LUO|ZHENG|LIANG|XIE|SONG|TANG|HAN|DENG|FENG|CAO|PENG|"
    "ZENG|XIAO|TIAN|DONG|PAN|YUAN|CAI|JIANG|YU|DU|YE|CHENG|WEI|SU|LU|DING|REN|YAO|SHEN|ZHONG|CUI|TAN|FAN|LIAO|SHI|JIN|JIA|XIA|FU|KIM|LEE|PARK|CHOI"
)
_PERSON = (
    rf"^[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}$|^(?:{_DOUBLE_SURNAMES})[\u4e00-\u9fff]{{1,2}}$|^[\u4e00-\u9fff]+(?:·[\u4e00-\u9fffA-Z]+)+$|"
    rf"^[{_KOREAN_SURNAMES}][\uac00-\ud7af]{{2}}$|^(?:{_PINYIN_SURNAMES}) [A-Z]+(?:[- ][A-Z]+)?$|"
    r"^[A-Z]{2,}(?: [A-Z]{2,}){1,2} [A-Z]\.?$|^[A-Z][\w'’\-]+,\s+[A-Z]"
)


def alias_keys(team_folder: Path | None = None) -> pl.DataFrame:
    """`name_key`, `applicant_id`: the alias tables by folded key, without the pairs that must not be merged.

    The team's rows go before the shipped ones. A key that two applicants of one table claim belongs to neither.
    """
    own_names = shipped("applicant").select(pl.concat_list("applicant_name", "name_en").alias("alias"), "applicant_id")
    aliases = [shipped("applicant_alias").select("alias", "applicant_id"), own_names.explode("alias").drop_nulls()]
    forbidden = _forbidden(team_folder)
    by_team = _one_owner(_keyed(team_rows("applicant_alias", team_folder)), forbidden)
    by_us = _one_owner(_keyed(pl.concat(aliases)), forbidden)
    return pl.concat([by_team, by_us.join(by_team, on="name_key", how="anti")]).sort("name_key")


def _forbidden(team_folder: Path | None) -> pl.DataFrame:
    return _keyed(with_team_rows("applicant_not_same", team_folder).select("alias", "applicant_id").drop_nulls())


def _one_owner(keyed: pl.DataFrame, forbidden: pl.DataFrame) -> pl.DataFrame:
    allowed = keyed.join(forbidden, on=["name_key", "applicant_id"], how="anti").unique()
    return allowed.filter(_NAME.is_unique())


def _keyed(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select(_keys(pairs["alias"]), "applicant_id")


def _keys(names: pl.Series) -> pl.Series:
    return pl.Series("name_key", [name_key(name) for name in names], pl.String)


def near_names(keyed: pl.DataFrame) -> pl.DataFrame:
    """Pairs of Latin names that are spelt nearly alike (transforms.spellings.PAIRS): the dearest step for harmonise and suggestions."""
    return near_pairs(_spellings(keyed))


def harmonise(keyed: pl.DataFrame, team_folder: Path | None = None, near: pl.DataFrame | None = None) -> pl.DataFrame:
    """Names (keyed_names) to `name_as_filed` -> `applicant_id`, `applicant_name`, `name_en`, `group_id`, `applicant_type`, `country`.

    An applicant that the tables do not name keeps its own most frequent spelling; its id is its folded key. `group_id` is
    the group of today; group_at() gives that of a day. `near`: near_names of the same names, where they are known already.
    """
    owners = _owner_of_keys(keyed, near_names(keyed) if near is None else near, team_folder)
    known = shipped("applicant").select(
        "applicant_id", "applicant_name", "name_en", "group_id", "applicant_type", "country"
    )
    owned = keyed.join(owners, on="name_key", how="left", validate="m:1")
    spelling = (
        owned.sort("rows", "name_as_filed", descending=[True, False])
        .group_by("applicant_id", maintain_order=True)
        .agg(pl.col("name_as_filed").first().alias("spelling"))
    )
    return (
        owned.join(spelling, on="applicant_id", how="left", validate="m:1")
        .join(known, on="applicant_id", how="left", validate="m:1")
        .join(_group_of_today(team_folder), on="applicant_id", how="left", validate="m:1")
        .select(
            "name_as_filed",
            "applicant_id",
            pl.coalesce("applicant_name", "spelling").alias("applicant_name"),
            "name_en",
            pl.coalesce("group_today", "group_id", "applicant_id").alias("group_id"),
            pl.coalesce("applicant_type", _told_type(pl.col("spelling"))).alias("applicant_type"),
            "country",
        )
        .sort("name_as_filed")
    )


def keyed_names(names: pl.Series) -> pl.DataFrame:
    """Distinct `name_as_filed` with `rows` (how often) and `name_key`."""
    return keyed(counted_names([names]))


def counted_names(names: Iterable[pl.Series]) -> pl.DataFrame:
    """Distinct `name_as_filed` of all series, with `rows`: how often."""
    counts = (own.drop_nulls().alias("name_as_filed").value_counts(name="rows") for own in names)
    return pl.concat(counts).group_by("name_as_filed").agg(pl.col("rows").sum())


def keyed(counted: pl.DataFrame) -> pl.DataFrame:
    """Distinct names with `name_key`."""
    return counted.with_columns(_keys(counted["name_as_filed"]))


def _owner_of_keys(keyed: pl.DataFrame, near: pl.DataFrame, team_folder: Path | None) -> pl.DataFrame:
    """`name_key` -> `applicant_id`: by alias, else by the key that it is a slip of (`near` pairs), else by itself."""
    aliases = alias_keys(team_folder)
    meant = slips(near).join(aliases, on="name_key", how="anti").select("name_key", "meant")
    id_of_key = pl.coalesce("applicant_id", pl.format("name:{}", pl.coalesce("meant", "name_key")))
    owners = (
        keyed.select("name_key")
        .unique()
        .join(meant, on="name_key", how="left", validate="1:1")
        .with_columns(pl.coalesce("meant", "name_key").alias("_sought"))
        .join(aliases, left_on="_sought", right_on="name_key", how="left", validate="m:1")
        .select("name_key", id_of_key.alias("applicant_id"))
    )
    astray = owners.join(_forbidden(team_folder).unique(), on=["name_key", "applicant_id"], how="semi")
    return owners.with_columns(
        pl.when(_NAME.is_in(astray["name_key"].implode()))
        .then(pl.format("name:{}", "name_key"))
        .otherwise("applicant_id")
        .alias("applicant_id")
    )


def _spellings(keyed: pl.DataFrame) -> pl.DataFrame:
    """`name_key`, `spelling` (its most frequent name), `rows`."""
    return (
        keyed.sort("rows", "name_as_filed", descending=[True, False])
        .group_by("name_key", maintain_order=True)
        .agg(pl.col("name_as_filed").first().alias("spelling"), pl.col("rows").sum())
    )


# ── groups ───────────────────────────────────────────────────────────────────────────────────────────────────────


def group_table(team_folder: Path | None = None) -> pl.DataFrame:
    """core.applicant_group: who belonged to which group from when to when; the team's rows replace ours of that applicant."""
    own = team_rows("applicant_group", team_folder)
    ours = shipped("applicant_group").join(own, on="applicant_id", how="anti")
    table = TABLES["core.applicant_group"]
    dates = [pl.col(name).str.to_date("%Y-%m-%d", strict=True) for name in ("valid_from_date", "valid_to_date")]
    return pl.concat([ours, own.select(ours.columns)]).with_columns(dates).select(table.columns)


def _group_of_today(team_folder: Path | None) -> pl.DataFrame:
    """`applicant_id` -> `group_today`: the group without an end, or the applicant itself where every membership has ended."""
    return (
        group_table(team_folder)
        .group_by("applicant_id")
        .agg(
            pl.coalesce(
                pl.col("group_id").filter(pl.col("valid_to_date").is_null()).first(), pl.col("applicant_id").first()
            ).alias("group_today")
        )
    )


def with_group_at(links: pl.DataFrame, team_folder: Path | None = None) -> pl.DataFrame:
    """Links with `group_id` of the filing's day. Takes `application_id`, `position`, `applicant_id`, `filing_date`,
    `filing_year`, and `group_id` (today's), which stands where the day is not known or no dated row names the applicant.

    A filing of which only the year is known is taken to be of 1 July. `valid_to_date` is the first day outside the group.
    """
    groups = group_table(team_folder).rename({"group_id": "_dated_group"})
    day = pl.coalesce("filing_date", pl.date(pl.col("filing_year"), 7, 1))
    dated = links.with_columns(day.alias("_day"))
    within = (pl.col("_day") >= pl.col("valid_from_date").fill_null(pl.date(1800, 1, 1))) & (
        pl.col("_day") < pl.col("valid_to_date").fill_null(pl.date(9999, 12, 31))
    )
    member = (
        dated.join(groups, on="applicant_id", how="inner", validate="m:m")
        .filter(within)
        .unique(["application_id", "position"], keep="first", maintain_order=True)
        .select("application_id", "position", "_dated_group")
    )
    has_dates = pl.col("applicant_id").is_in(groups["applicant_id"].unique().implode()) & pl.col("_day").is_not_null()
    return (
        dated.join(member, on=["application_id", "position"], how="left", validate="1:1", maintain_order="left")
        .with_columns(
            pl.when(has_dates).then(pl.coalesce("_dated_group", "applicant_id")).otherwise("group_id").alias("group_id")
        )
        .drop("_day", "_dated_group")
    )


# ── suggestions ──────────────────────────────────────────────────────────────────────────────────────────────────


def suggestions(keyed: pl.DataFrame, team_folder: Path | None = None, near: pl.DataFrame | None = None) -> pl.DataFrame:
    """core.applicant_suggestion: pairs of applicants that may be one, for a person to decide; none of them is merged.

    Latin names within few letters of each other, and East Asian names alike from SUGGEST_RATIO within the same first two
    characters once a leading place name is taken off. Left out: pairs that applicant_not_same forbids, pairs of two owners
    that the tables name, names of other digits, and what lies beyond MOST_SUGGESTIONS. `near`: as for harmonise.
    """
    spelt = _spellings(keyed)
    near = near_pairs(spelt) if near is None else near
    owners = _owner_of_keys(keyed, near, team_folder)
    pairs = pl.concat([_latin_pairs(near), _east_asian_pairs(spelt)])
    owner = owners.rename({"name_key": "one", "applicant_id": "applicant_id"})
    other = owners.rename({"name_key": "two", "applicant_id": "other_applicant_id"})
    found = (
        pairs.join(owner, on="one", how="left", validate="m:1")
        .join(other, on="two", how="left", validate="m:1")
        .filter(pl.col("applicant_id") != pl.col("other_applicant_id"))
        .filter(pl.any_horizontal(pl.col("applicant_id", "other_applicant_id").str.starts_with("name:")))
    )
    for key, applicant in (("one", "other_applicant_id"), ("two", "applicant_id")):
        found = found.join(
            _forbidden(team_folder), left_on=[key, applicant], right_on=["name_key", "applicant_id"], how="anti"
        )
    name = dict(spelt.select("name_key", "spelling").rows())
    rows = dict(spelt.select("name_key", "rows").rows())
    return (
        found.with_columns(
            pl.col("one").replace_strict(name, return_dtype=pl.String).alias("name"),
            pl.col("two").replace_strict(name, return_dtype=pl.String).alias("other_name"),
            pl.col("one").replace_strict(rows, return_dtype=pl.Int64).cast(pl.Int32).alias("rows"),
            pl.col("two").replace_strict(rows, return_dtype=pl.Int64).cast(pl.Int32).alias("other_rows"),
        )
        .sort("similarity", "applicant_id", "other_applicant_id", descending=[True, False, False])
        .unique(["applicant_id", "other_applicant_id"], keep="first", maintain_order=True)
        .sort(pl.col("rows") + pl.col("other_rows"), descending=True, maintain_order=True)
        .head(MOST_SUGGESTIONS)
        .select(TABLES["core.applicant_suggestion"].columns)
    )


def _latin_pairs(near: pl.DataFrame) -> pl.DataFrame:
    return near.select(
        pl.col("rare").alias("one"),
        pl.col("frequent").alias("two"),
        "similarity",
        pl.lit("spelling").alias("suggested_by"),
    )


def _east_asian_pairs(spelt: pl.DataFrame) -> pl.DataFrame:
    schema = {"one": pl.String, "two": pl.String, "similarity": pl.Float64, "suggested_by": pl.String}
    # Of a university the place is the name; of a company it is where a branch sits.
    place_is_name = _NAME.str.contains("大学|学院|研究|医院|学校")
    without_place = _NAME.str.replace(_leading_place(), "")
    cores = (
        spelt.filter(_NAME.str.contains(r"[\u3040-\u9fff\uac00-\ud7af]"))
        .select("name_key", "rows", pl.when(place_is_name).then(_NAME).otherwise(without_place).alias("core"))
        .filter(pl.col("core").str.len_chars() >= 4)
        .sort("rows", "name_key", descending=[True, False])
    )
    pairs = []
    beginning = (pl.col("core").str.slice(0, 2) + pl.col("core").str.replace_all(r"\D", "")).alias("beginning")
    for block in cores.with_columns(beginning).partition_by("beginning", maintain_order=True):
        pairs.extend(_alike(block["name_key"].to_list(), block["core"].to_list()))
    return pl.DataFrame(pairs, schema=schema, orient="row")


def _alike(keys: list[str], cores: list[str]) -> list[tuple[str, str, float, str]]:
    """(rarer key, more frequent key, similarity, basis) within a block that comes most frequent first."""
    found = []
    for start in range(0, len(cores), _ROWS_AT_ONCE):
        ratios = process.cdist(
            cores[start : start + _ROWS_AT_ONCE],
            cores[start:],
            scorer=fuzz.ratio,
            score_cutoff=SUGGEST_RATIO,
            dtype=np.uint8,
            workers=1,
        )
        found.extend(
            (keys[start + column], keys[start + row], int(ratios[row, column]) / 100, "characters")
            for row, column in np.argwhere(ratios).tolist()
            if row < column
        )
    return found


def _leading_place() -> str:
    names = (
        shipped("region")
        .filter(pl.col("region_level") != "district")
        .select(pl.concat_list("region_name", "short_name").alias("name"))
        .explode("name", empty_as_null=False, keep_nulls=False)["name"]
        .unique()
        .to_list()
    )
    return f"^(?:{'|'.join(sorted(names, key=lambda name: (-len(name), name)))})"


# ── decisions of the team ────────────────────────────────────────────────────────────────────────────────────────


def decisions_on_names(keyed: pl.DataFrame, team_folder: Path | None) -> pl.DataFrame:
    """core.applicant_decision: what the team's alias and not-same rows say beside what would hold without them.

    One row per row of the team's files; `times_named` is how often the name occurs in these data, 0 where it waits.
    """
    said = pl.concat(
        [
            team_rows(table, team_folder).select("alias", "applicant_id", pl.lit(decision).alias("name_decision"), _reason(table))
            for table, decision in (("applicant_alias", "same"), ("applicant_not_same", "not_same"))
        ]
    )  # fmt: skip
    if said.is_empty():
        return TABLES["core.applicant_decision"].empty()
    asked = pl.concat([keyed["name_as_filed"], said["alias"].rename("name_as_filed")])
    all_keyed = keyed_names(asked)
    without = _owner_of_keys(all_keyed, near_pairs(_spellings(all_keyed)), None).rename(
        {"applicant_id": "rule_applicant_id"}
    )
    times = keyed.group_by("name_key").agg(pl.col("rows").sum().cast(pl.Int32).alias("times_named"))
    return (
        said.with_columns(_keys(said["alias"]))
        .join(without, on="name_key", how="left", validate="m:1")
        .join(times, on="name_key", how="left", validate="m:1")
        .with_columns(pl.col("times_named").fill_null(0))
        .select(TABLES["core.applicant_decision"].columns)
        .unique(TABLES["core.applicant_decision"].key, keep="last", maintain_order=True)
    )


def _reason(table: str) -> pl.Expr:
    return pl.col("source" if table == "applicant_alias" else "reason").alias("reason")


def _told_type(name: pl.Expr) -> pl.Expr:
    told = pl.when(name.is_null()).then(pl.lit("unknown"))
    for applicant_type, pattern in _TYPE_PATTERNS:
        told = told.when(name.str.contains(pattern)).then(pl.lit(applicant_type))
    return told.when(name.str.contains(_PERSON)).then(pl.lit("person")).otherwise(pl.lit("unknown"))
