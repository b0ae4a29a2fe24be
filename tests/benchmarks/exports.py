"""Any number of made filings as export files: Chinese ones as PatSnap gives them, others as Lens does, as CSV.

Half the filings are Chinese. Every fourth has a granted document besides its application, and every twentieth row is given
out again in the next file, as refreshed searches do. Texts are as long as those of patents (tests.benchmarks.corpora), each
abstract put together from halves of two drawn ones, so that few are alike. Owners follow a power law over 60,000 names.

Run: python -m tests.benchmarks.exports FOLDER [FILINGS [FIRST]]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from schemas.reference import shipped
from tests.benchmarks import corpora
from tests.benchmarks.corpora import DIFFERENT, generated
from transforms.exports.lens_csv import EXPORT as LENS

ROWS_OF_A_FILE = 49_000
OWNERS = 60_000
_CHECK_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_HAN = "安 宝 辰 德 恩 方 光 海 瀚 恒 华 嘉 建 金 景 凯 朗 立 龙 明 诺 鹏 启 锐 瑞 森 盛 世 顺 思 泰 天 通 微 新 兴 星 雅 耀 远 泽 中"
_HAN_ENDINGS = "科技有限公司/电子有限公司/智能技术有限公司/大学/研究院/信息技术股份有限公司"
_LATIN = """ARBOR BASALT CINDER DUNE EMBER FJORD GROVE HARBOR IVORY JUNIPER KESTREL LAGOON MAPLE NIMBUS ORCHID PRAIRIE QUARRY RIDGE
SABLE TUNDRA UMBER VALLEY WILLOW XENON YARROW ZEPHYR ALDER BIRCH CEDAR DELTA ELM FERN GRANITE HEATH ISLE JASPER KELP LARCH MEADOW"""
_LATIN_ENDINGS = "INC/CORP/GMBH/TECHNOLOGIES LLC/SYSTEMS LTD/UNIVERSITY"
_OFFICES = ("US", "US", "US", "EP", "WO")


def write_exports(folder: Path, filings: int, seed: int = 0, first: int = 0) -> list[Path]:
    """The files, each of at most ROWS_OF_A_FILE rows; the same seed gives the same bytes. Filings count on from `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    stock = generated(DIFFERENT, corpora.shipped(), seed)
    chinese, others = (
        stock.filter(pl.col("ipc_symbols").list.len() > 0),
        stock.filter(pl.col("cpc_symbols").list.len() > 0),
    )
    step = ROWS_OF_A_FILE * 3 // 4
    written = []
    for part, start in enumerate(range(first, first + filings, 2 * step)):
        size = min(2 * step, first + filings - start)
        for name, texts, rows in (("patsnap", chinese, _patsnap), ("lens", others, _lens)):
            path = folder / f"{name}_{part:04}.csv"
            rows(_filings(start // 2, (size + 1) // 2 if name == "patsnap" else size // 2, texts)).write_csv(path)
            written.append(path)
    return written


def _filings(first: int, count: int, texts: pl.DataFrame) -> pl.DataFrame:
    """One row per document; filings count on from `first`, its last twentieth comes again from the part before."""
    again = min(first, count // 20)
    serial = np.arange(first - again, first + count)
    drawn = np.random.default_rng(7).permutation(texts.height)
    at, other = drawn[serial % texts.height], drawn[(serial * 7 + serial // texts.height) % texts.height]
    owner = (OWNERS ** _spread(serial, 2_654_435_761)).astype(np.int64)
    day = (12_784 + 6_900 * _spread(serial, 2_246_822_519)).astype(np.int32)  # 2005 to 2023
    size = pl.col("abstract").str.len_chars() // 2
    filings = pl.DataFrame({"serial": serial, "owner": owner, "filing_date": day}).with_columns(
        pl.col("filing_date").cast(pl.Date),
        texts["title"].gather(at),
        pl.concat_str(
            texts.select(pl.col("abstract").str.slice(0, size)).to_series().gather(at),
            texts.select(pl.col("abstract").str.slice(size)).to_series().gather(other),
        ).alias("abstract"),
        texts.select(pl.concat_list("ipc_symbols", "cpc_symbols").list.eval(pl.element()).alias("symbols"))
        .to_series()
        .gather(at),
    )
    granted = filings.filter(pl.col("serial") % 4 == 0).with_columns(pl.lit(True).alias("is_grant"))
    return pl.concat([filings.with_columns(pl.lit(False).alias("is_grant")), granted]).with_columns(
        pl.col("filing_date").dt.year().alias("year"),
        (
            pl.col("filing_date") + pl.when("is_grant").then(pl.duration(days=1_000)).otherwise(pl.duration(days=540))
        ).alias("publication_date"),
    )


def _spread(serial: np.ndarray, factor: int) -> np.ndarray:
    """Numbers from 0 to 1 that look drawn, the same for a filing wherever it is given out."""
    return (serial * factor % 2**32) / 2**32


def _patsnap(rows: pl.DataFrame) -> pl.DataFrame:
    serial, year = pl.col("serial"), pl.col("year")
    body = pl.format("{}1{}", year, (serial % 10_000_000).cast(pl.String).str.zfill(7))
    places = shipped("region").filter(region_level="district", region_status="current").sort("region_code")
    cities = shipped("region").select("region_code", pl.col("short_name").alias("city"), "parent_code")
    provinces = shipped("region").select("region_code", pl.col("short_name").alias("province"))
    known = places.join(cities, left_on="parent_code", right_on="region_code", validate="m:1").join(
        provinces, left_on="parent_code_right", right_on="region_code", validate="m:1"
    )
    place = pl.col("owner") % known.height
    return rows.select(
        pl.format("CN{}{}", serial + 100_000_000, pl.when("is_grant").then(pl.lit("B")).otherwise(pl.lit("A"))).alias(
            "公开(公告)号"
        ),
        pl.format("CN{}.{}", body, _check_digit(body)).alias("申请号"),
        pl.lit("中国").alias("受理局"),
        pl.col("title").alias("标题"),
        pl.col("abstract").alias("摘要"),
        pl.col("filing_date").alias("申请日"),
        pl.col("publication_date").alias("公开(公告)日"),
        _owner(_HAN, _HAN_ENDINGS, "").alias("[标]原始申请(专利权)人"),
        pl.col("symbols").list.join(" | ").alias("IPC分类号"),
        *(
            pl.lit(known[column]).gather(place).alias(header)
            for column, header in (
                ("province", "当前申请(专利权)人州/省"), ("city", "当前申请(专利权)人地市"),
                ("region_name", "当前申请(专利权)人区县"),
            )
        ),
        pl.when("is_grant").then(pl.lit("授权发明")).otherwise(pl.lit("发明申请")).alias("专利类型"),
        pl.when(serial % 4 == 0).then(pl.lit("有效")).otherwise(pl.lit("审中")).alias("简单法律状态"),
    )  # fmt: skip


def _check_digit(body: pl.Expr) -> pl.Expr:
    """The digit of a Chinese application number, X for ten: weighted sum of the twelve before it, modulo eleven."""
    total = (
        pl.sum_horizontal(body.str.slice(at, 1).cast(pl.Int32) * weight for at, weight in enumerate(_CHECK_WEIGHTS))
        % 11
    )
    return pl.when(total == 10).then(pl.lit("X")).otherwise(total.cast(pl.String))


def _lens(rows: pl.DataFrame) -> pl.DataFrame:
    serial, year = pl.col("serial"), pl.col("year")
    office = pl.lit(pl.Series(_OFFICES)).gather(serial % len(_OFFICES))
    digits = (serial % 9_000_000 + 1_000_000).cast(pl.String)
    is_grant = pl.col("is_grant") & (office != "WO")
    grant_kind = pl.when(office == "US").then(pl.lit("B2")).otherwise(pl.lit("B1"))
    document = (
        pl.when(is_grant)
        .then(pl.format("{} 1{} {}", office, digits, grant_kind))
        .when(office == "US")
        .then(pl.format("US 2019/{} A1", digits))
        .otherwise(pl.format("{} {}{} A1", office, year, digits))
    )
    made = rows.select(
        office.alias("Jurisdiction"),
        document.str.extract(r"(\w+)$").alias("Kind"),
        document.alias("Display Key"),
        pl.format("999-{}", serial).alias("Lens ID"),
        pl.col("publication_date").alias("Publication Date"),
        pl.col("publication_date").dt.year().alias("Publication Year"),
        pl.format("{} {}{} A", office, year, digits).alias("Application Number"),
        pl.col("filing_date").alias("Application Date"),
        pl.when(serial % 3 == 0).then(pl.format("US 2004{} P", serial // 9 + 10_000_000)).alias("Priority Numbers"),
        pl.col("title").alias("Title"),
        pl.col("abstract").alias("Abstract"),
        _owner(_LATIN, _LATIN_ENDINGS, " ").alias("Applicants"),
        pl.col("symbols").list.join(";;").alias("CPC Classifications"),
    ).unique("Display Key", keep="first", maintain_order=True)
    absent = [pl.lit(None, pl.String).alias(name) for name in LENS.generations["2022"] if name not in made.columns]
    return made.with_columns(absent).select(LENS.generations["2022"])


def _owner(beginnings: str, endings: str, joint: str) -> pl.Expr:
    """A name put together from words by the owner's number: other words for every number."""
    starts, ends = pl.lit(pl.Series(beginnings.split())), pl.lit(pl.Series(endings.split("/")))
    owner, size = pl.col("owner"), len(beginnings.split())
    words = [starts.gather(owner % size), starts.gather(owner // size % size), starts.gather(owner // size**2 % size)]
    return pl.concat_str(*words, ends.gather(owner % len(endings.split("/"))), separator=joint)


if __name__ == "__main__":
    counts = [int(each) for each in sys.argv[2:]] or [100_000]
    files = write_exports(Path(sys.argv[1]), counts[0], first=sum(counts[1:]))
    sys.stdout.write(f"{len(files)} files, {sum(file.stat().st_size for file in files):,} bytes\n")
