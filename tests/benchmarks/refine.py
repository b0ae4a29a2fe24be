"""Synthetic application rows through merge, applications, families, places and owners: seconds and peak memory of each stage.

Run: python -m tests.benchmarks.refine [ROWS]. Rows are made, not real; the figures are of one machine on one day.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import polars as pl

from schemas.tables import LANDING
from transforms.applicants import harmonise, keyed_names, suggestions
from transforms.applications import applications_of, merge_rows, publication_values, with_application_id
from transforms.families import families_of, family_suggestions, in_families, shared_families
from transforms.landed_texts import without_texts
from transforms.numbers import application_number, publication_number, publication_parts
from transforms.regions import with_place_of_first_applicant

ROWS = 1_000_000
OFFICES = ["CN", "CN", "CN", "US", "US", "EP", "JP", "KR", "WO"]


def spelled(rows: int) -> pl.DataFrame:
    """Rows as exports spell them: a tenth of the documents stand twice, two documents a filing, every third filing claims a priority."""
    at = pl.int_range(rows, dtype=pl.Int64)
    filing = (at % (rows * 9 // 10)) // 2
    office = pl.lit(pl.Series(OFFICES)).gather(filing % len(OFFICES))
    serial = (filing % 9_000_000 + 1_000_000).cast(pl.String)
    place = pl.lit(pl.Series(["杭州", "宁波", "温州", "嘉兴"])).gather(filing % 4)
    word = pl.lit(pl.Series(["示例科技", "样本电子", "合成数据", "测试通信", "范例软件"])).gather(filing % 5)
    kind = pl.when(at % 2 == 0).then(pl.lit("A")).otherwise(pl.lit("B"))
    priority = "US 2018" + "16" + ((filing // 9) % 900_000 + 100_000).cast(pl.String) + " A"
    return pl.select(
        (at + 1).alias("row_number"),
        office.alias("office"),
        pl.format("{} {}{} {}", office, pl.lit("1"), serial.str.zfill(8), kind).alias("publication_number_original"),
        pl.format("{}2019{} A", office, serial.str.zfill(8)).alias("application_number_original"),
        pl.when(filing % 3 == 0).then(pl.concat_list(priority)).alias("priority_numbers"),
        pl.format(
            "示例装置 {}{}", filing, pl.when(at >= rows * 9 // 10).then(pl.lit("（另译）")).otherwise(pl.lit(""))
        ).alias("title"),
        # Names that differ by their words: every third filing has an owner of its own.
        pl.concat_list(pl.format("{}{}{}有限公司", place, word, filing % 50_000)).alias("applicants"),
        pl.concat_list(pl.lit("浙江")).alias("provinces"),
        pl.concat_list(place).alias("cities"),
        (pl.lit(20180101).cast(pl.String).str.to_date("%Y%m%d") + pl.duration(days=filing % 1000)).alias("filing_date"),
    )


def landed(rows: pl.DataFrame) -> pl.DataFrame:
    parts = rows.select(publication_parts(pl.col("publication_number_original")).alias("parts"))
    named = rows.with_columns(
        parts.select(publication_number(pl.col("parts")).alias("publication_number")).to_series(),
        application_number(pl.col("application_number_original"), pl.col("office")).alias("application_number"),
        pl.lit("f").alias("source_file_id"),
        pl.lit("application").alias("stage"),
        pl.lit("invention").alias("patent_type"),
        *parts.unnest("parts").select("document_number", "kind_code").get_columns(),
    )
    absent = [
        pl.lit(None, dtype).alias(name) for name, dtype in LANDING.polars_schema.items() if name not in named.columns
    ]
    return named.with_columns(absent).select(LANDING.columns).cast(LANDING.polars_schema)


def measured(stage: str, work: Callable[[], object]) -> object:
    clock, cpu = time.perf_counter(), time.process_time()
    done = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    seconds, of_cpu = time.perf_counter() - clock, time.process_time() - cpu
    sys.stdout.write(f"{stage:<22} {seconds:8.1f} s {of_cpu:8.1f} CPU s   peak so far {peak:5.2f} GiB\n")
    return done


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    made = measured("make rows", lambda: spelled(rows))
    taken = measured("numbers", lambda: landed(made))
    taken, texts = without_texts(taken)
    publications, _ = measured("merge", lambda: merge_rows(taken))
    values = measured("publication values", lambda: publication_values(taken, publications, texts))
    numbered = measured("application ids", lambda: with_application_id(publications))
    filed = measured("applications", lambda: applications_of(numbered))
    shared = measured("shared families", lambda: shared_families(lambda: [filed]))
    familial = measured("family ids", lambda: in_families(filed, shared))
    families = measured("families", lambda: families_of(familial))
    measured("places", lambda: with_place_of_first_applicant(familial))
    names = familial["applicants"].explode()
    owners = measured("owners", lambda: harmonise(keyed_names(names)))
    measured("near owners", lambda: suggestions(keyed_names(names)))
    suggested = measured("family suggestions", lambda: family_suggestions(lambda: [familial]))
    sys.stdout.write(
        f"{rows} rows, {publications.height} publications, {filed.height} applications, {families.height} families, "
        f"{values.height} differing values, {suggested.height} suggestions, "
        f"{owners['applicant_id'].n_unique()} owners of {owners.height} names\n"
    )


if __name__ == "__main__":
    main()
