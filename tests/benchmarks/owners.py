"""Owners and places of many filings: seconds, peak memory and counts per stage, on names and addresses made at random.

python -m tests.benchmarks.owners [--applications 1000000] [--names 200000] [--addresses 200000]
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from schemas.reference import shipped
from transforms.applicants import harmonise, keyed_names, suggestions, with_group_at
from transforms.regions import with_place_of_first_applicant

_SYLLABLES = (
    "an",
    "ber",
    "cor",
    "dan",
    "el",
    "fer",
    "gon",
    "hal",
    "jor",
    "kel",
    "lam",
    "mor",
    "nal",
    "per",
    "qui",
    "ros",
    "sel",
    "tor",
    "ul",
)
_KINDS = ("Optics", "Systems", "Semiconductor", "Instruments", "Networks", "Materials", "Technologies", "Dynamics")
_FORMS = ("Inc", "Corp.", "Co., Ltd.", "LLC", "GmbH", "S.A.")
_HAN = "华新中联科讯达创智云天海光芯微电力能源通信信息网络精密仪器材料生物医药机械汽车航空环保"


def made_names(size: int, draw: random.Random) -> list[str]:
    """Half Latin, half Chinese; one in twenty of the Latin ones with a letter lost."""
    places = shipped("region").filter(pl.col("region_level") == "city")["short_name"].to_list()
    names = []
    for at in range(size):
        if at % 2:
            core = "".join(draw.choices(_HAN, k=draw.choice((3, 4, 5))))
            names.append(f"{draw.choice(places)}{core}{draw.choice(('科技', '电子', '技术'))}有限公司")
        elif at % 20 == 0 and len(names) > 2:
            known = draw.choice(names[::2])
            lost = draw.randrange(1, len(known) // 2)
            names.append(known[:lost] + known[lost + 1 :])
        else:
            words = [
                "".join(draw.choices(_SYLLABLES, k=draw.choice((2, 3)))).title() for _ in range(draw.choice((1, 2)))
            ]
            names.append(" ".join([*words, draw.choice(_KINDS), draw.choice(_FORMS)]))
    return names


def made_addresses(size: int, draw: random.Random) -> list[str]:
    regions = shipped("region").select("region_code", "region_name", "parent_code").rows()
    name = {code: named for code, named, _ in regions}
    districts = [row for row in regions if row[2] and not row[0].endswith("00")]
    parent = {code: above for code, _, above in regions}
    found = []
    for at in range(size):
        code, district, city = draw.choice(districts)
        found.append(f"{100000 + at % 900000} {name[parent[city]]}{name[city]}{district}示例路{at}号")
    return found


def made_filings(size: int, names: list[str], addresses: list[str]) -> pl.DataFrame:
    """Half of all filings are of few owners, the other half of anybody."""
    draw = np.random.default_rng(1)
    few = np.minimum(draw.pareto(0.6, size).astype(int), len(names) - 1)
    owner = np.where(draw.random(size) < 0.5, few, draw.integers(0, len(names), size))
    at = pl.int_range(size, eager=True)
    return pl.DataFrame(
        {
            "application_id": "A" + at.cast(pl.String).str.zfill(8),
            "name_as_filed": pl.Series(names).gather(owner),
            "addresses": pl.Series(addresses)
            .gather(draw.integers(0, len(addresses), size))
            .reshape((-1, 1))
            .arr.to_list(),
            "filing_year": (2000 + at % 24).cast(pl.Int32),
        }
    ).with_columns(
        pl.date(pl.col("filing_year"), 6, 1).alias("filing_date"),
        *(pl.lit(None, pl.List(pl.String)).alias(name) for name in ("provinces", "cities", "districts")),
    )


def measured(stage: str, run: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    start = time.perf_counter()
    found = run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{stage:32} {time.perf_counter() - start:8.1f} s   {found.height:>9,} rows   peak {peak:,.0f} MB so far")
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--applications", type=int, default=1_000_000)
    options.add_argument("--names", type=int, default=200_000)
    options.add_argument("--addresses", type=int, default=200_000)
    asked = options.parse_args()
    draw = random.Random(1)
    names, addresses = made_names(asked.names, draw), made_addresses(asked.addresses, draw)
    filings = measured("(made)", lambda: made_filings(asked.applications, names, addresses))
    print(f"distinct names {filings['name_as_filed'].n_unique():,}")
    owners = measured("names to owners", lambda: harmonise(keyed_names(filings["name_as_filed"])))
    links = filings.join(owners, on="name_as_filed", how="left", validate="m:1").with_columns(
        pl.lit(1).alias("position")
    )
    measured("groups at the filing date", lambda: with_group_at(links))
    measured("suggestions", lambda: suggestions(keyed_names(filings["name_as_filed"])))
    measured("places and boundaries", lambda: with_place_of_first_applicant(filings))


if __name__ == "__main__":
    main()
