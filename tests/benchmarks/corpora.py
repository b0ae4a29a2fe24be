"""What is classified in benchmarks: real records where they are at hand, and generated ones in any number.

Generated records are half Chinese and half English, a tenth of them relevant: terms and codes of one branch stand among
words that no branch looks for, or that all do (a network, a memory, 数据, 处理). Titles and abstracts are as long as
those of patents are: 48 and 944 characters in English, 19 and 270 in Chinese. Words are drawn as they are spread in
language, the n-th one time in n. A few records in a hundred are full-width or traditional.
"""

from __future__ import annotations

import ast
import csv
import random
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import opencc
import openpyxl
import polars as pl

from schemas.branches import Branch, Taxonomy, load_taxonomy
from transforms.classify import RECORDS

DIFFERENT = 20_000
ENGLISH = """the of a and to in is for method by wherein with system an data device from said on first second at unit one
or be configured information based that are according network signal which control user each processing set between least
module may using image memory plurality provided invention value time layer processor can element input surface output
electrode received display server material used vehicle sensor power communication disclosed includes including comprises
model member portion arranged current light region state structure housing substrate detection apparatus connected
circuit temperature storage target line end pressure water valve shaft plate motor frame gear blade spring fabric polymer
composition acid cell tissue compound antibody protein sequence patient needle catheter dose soil seed crop feed animal
engine exhaust fuel brake wheel tire road bridge beam concrete wall roof pipe pump tank filter membrane oil gas drill
bolt nut groove slot hinge door lock key seat belt bag bottle cap label paper ink print film coating adhesive resin
rubber steel alloy weld mold die press cutting tool machine robot arm gripper conveyor belt warehouse package order
payment account customer price game player video audio speech text translation search document file index query"""
CHINESE = """的 一种 所述 包括 用于 方法 装置 系统 其 与 通过 设置 在 和 连接 上 进行 数据 第一 第二 本发明
公开 提供 涉及 以及 中 单元 模块 得到 根据 信息 控制 处理 检测 固定 之间 结构 技术领域 实现 提高
网络 信号 存储 图像 输出 输入 电机 安装 壳体 底座 支架 机构 内部 表面 温度 压力 材料 制备 溶液
反应 混合 加热 冷却 搅拌 煤矿 巷道 支护 顶板 采空区 瓦斯 岩石 钻孔 水泥 混凝土 钢筋 桥梁 隧道 土壤
种植 饲料 养殖 药物 细胞 蛋白 患者 手术 导管 车辆 轮胎 制动 发动机 齿轮 轴承 弹簧 阀门 管道 水泵
过滤 净化 污水 废气 除尘 干燥 粉碎 包装 标签 印刷 纺织 面料 染色 服装 家具 门窗 锁具 灯具 厨具
玩具 教学 实验 测量 传感器 电池 充电 变压器 开关 电缆 绝缘 太阳能 风力 发电 通信 终端 用户 服务
平台 算法 模型 训练 识别 分类 预测 优化 计算 参数"""
CODES = """A01G31/00 A23L33/10 A47J27/08 A61B5/00 A61K31/19 A61M25/01 B01D46/10 B23K9/16 B25J9/16 B29C45/14 B60T8/17 B65D5/42
C02F1/44 C04B28/02 C07K16/28 C08L23/06 C09D5/08 C12N15/11 D06P1/00 E01D19/04 E04B1/18 E21B7/04 E21D11/10 F01N3/08
F02M26/00 F03D7/02 F16H1/28 F16K31/06 F21S8/00 F24S20/40 G01N21/31 G01R31/36 G05B19/418 G06F16/33 G06N3/08 G06Q30/02
G06T7/00 G06V10/82 G08G1/01 G09B5/06 G10L15/22 H01H9/20 H01M10/42 H02J3/38 H02K1/27 H04L9/32 H04N7/18 H04W24/02"""


@cache
def shipped() -> Taxonomy:
    return load_taxonomy()


def generated(records: int, taxonomy: Taxonomy, seed: int = 0) -> pl.DataFrame:
    """Any number of records, drawn from DIFFERENT ones; ids count from 0."""
    return next(generated_in_parts(records, records, taxonomy, seed))


def generated_in_parts(records: int, part: int, taxonomy: Taxonomy, seed: int = 0) -> Iterator[pl.DataFrame]:
    """The same in frames of `part` records, one at a time."""
    different = _different(taxonomy, seed)
    for first in range(0, records, part):
        count = min(part, records - first)
        drawn = different.sample(count, with_replacement=True, seed=seed + first)
        ids = pl.format("r{}", pl.int_range(first, first + count).cast(pl.String).str.zfill(8))
        yield drawn.with_columns(ids.alias("record_id"))


@lru_cache(maxsize=1)  # many files are made of the same ones
def _different(taxonomy: Taxonomy, seed: int) -> pl.DataFrame:
    rng = random.Random(seed)
    return pl.DataFrame([_record(rng, taxonomy) for _ in range(DIFFERENT)], schema=RECORDS, orient="row")


def real_english(folder: Path) -> pl.DataFrame:
    """Titles and abstracts from Google Patents, with CPC symbols."""
    rows = {}
    for path in sorted((folder / "gp_faysal_ai" / "details").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows |= {row["publication_number"]: row for row in csv.DictReader(lines)}
    records = [
        (number, row["title"], row["abstract"], None, [], ast.literal_eval(row["cpc_codes"] or "[]"))
        for number, row in rows.items()
    ]
    return pl.DataFrame(records, schema=RECORDS, orient="row")


def real_chinese(folder: Path) -> pl.DataFrame:
    """Titles and abstracts of Chinese filings, with one IPC symbol each."""
    path = folder / "cn_sdust_qdqzy" / "sdust_patents_7384.xlsx"
    header, *rows = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
    records = [dict(zip(header, row, strict=True)) for row in rows]
    columns = [(row["专利名称"], row["摘要"], None, [row["主分类号"]], []) for row in records]
    return pl.DataFrame([(str(at), *row) for at, row in enumerate(columns)], schema=RECORDS, orient="row")


def _record(rng: random.Random, taxonomy: Taxonomy) -> tuple:
    """One record without its id."""
    branch = rng.choice(taxonomy.branches) if rng.random() < 0.1 else None
    is_chinese = rng.random() < 0.5
    words, joint, title, abstract = (CHINESE, "", 19, 270) if is_chinese else (ENGLISH, " ", 48, 944)
    texts = [_text(rng, words.split(), joint, length, branch, is_chinese) for length in (title, abstract)]
    if is_chinese and rng.random() < 0.03:
        texts = [text.translate(_FULL_WIDTH) for text in texts]
    elif is_chinese and rng.random() < 0.03:
        texts = [_TRADITIONAL.convert(text) for text in texts]
    codes = rng.sample(CODES.split(), rng.randrange(3, 7))
    if branch:
        entries = branch.blocks[branch.codes_a].entries
        codes[0] = _whole(rng.choice(entries))
    return ("", *texts, None, codes if is_chinese else [], [] if is_chinese else codes)


def _text(
    rng: random.Random, words: list[str], joint: str, length: int, branch: Branch | None, is_chinese: bool
) -> str:
    chosen, size = [], 0
    while size < length:
        word = words[min(int(len(words) ** rng.random()), len(words)) - 1]
        if branch and rng.random() < 0.06:
            word = _dressed(rng, rng.choice(_terms(branch, is_chinese)))
        chosen.append(word)
        size += len(word) + len(joint)
        if rng.random() < 0.08:
            chosen[-1] += "，" if is_chinese else ","
    return joint.join(chosen) + ("。" if is_chinese else ".")


def _terms(branch: Branch, is_chinese: bool) -> list[str]:
    entries = [
        entry for entry in branch.blocks[branch.strong_terms].entries if "NEAR" not in entry and "(" not in entry
    ]
    return [entry.strip('"=') for entry in entries if entry.isascii() != is_chinese] or [entries[0].strip('"=')]


def _dressed(rng: random.Random, term: str) -> str:
    """A term as somebody else may write it."""
    spelt = term.replace("*", rng.choice(["", "s", "ing"]) if term.isascii() else "")
    return rng.choice([str, str.title, str.upper, lambda text: text.replace(" ", "-")])(spelt)


def _whole(pattern: str) -> str:
    """A symbol that falls under a code pattern."""
    symbol = pattern.rstrip("$")
    return symbol if "/" in symbol else f"{symbol if len(symbol) > 4 else symbol + '1'}/00"


_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_TRADITIONAL = opencc.OpenCC("s2t")
