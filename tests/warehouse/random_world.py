"""Random worlds of rows, and one DuckDB in memory that holds any of them in turn under all metrics."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import polars as pl

from schemas.tables import TABLES
from tests.warehouse.world import BINJIANG, HANGZHOU, JIANGGAN, NINGBO, XIHU, ZHEJIANG, Rows, world
from warehouse import cabinet
from warehouse.build import create_structure, last_complete_year
from warehouse.ddl import create_macro

PLACES = [
    (ZHEJIANG, HANGZHOU, BINJIANG),
    (ZHEJIANG, HANGZHOU, XIHU),
    (ZHEJIANG, HANGZHOU, JIANGGAN),
    (ZHEJIANG, HANGZHOU, None),
    (ZHEJIANG, NINGBO, None),
    (ZHEJIANG, None, None),
    ("310000", None, None),
    ("440000", "440300", None),
    ("710000", None, None),
    ("CA", None, None),
    (None, None, None),
]
NAMES = ["h1", "h2", "u1", "n1", "s1", "g1", "m1", "j1", "k1", "t1"]
TYPES = {"u1": "university", "g1": "institute", "k1": "person", "t1": "government", "j1": "unknown"}
COUNTRIES = {"m1": "US", "j1": "JP", "k1": None, "t1": "CN"}
GROUPS = {"h2": "h1", "g1": "u1"}
OFFICES = ["CN", "US", "JP", "KR", "WO", "EP"]
BRANCHES = ["gpu", "asic", "cloud", "quantum"]
STATUSES = ["active", "active", "pending", "inactive", "unknown", None, "pct_designation_period"]
SEATS = [
    (ZHEJIANG, HANGZHOU),
    (ZHEJIANG, HANGZHOU),
    (ZHEJIANG, NINGBO),
    (ZHEJIANG, None),
    (ZHEJIANG, None),
    ("310000", None),
]
PRODUCTS = ["", "GPU", "AI服务器", "液冷机架"]
CUT_OFF = date(2022, 7, 15)
_CHANGING = (
    "core.publication",
    "core.application",
    "core.family",
    "core.applicant",
    "core.application_applicant",
    "core.application_branch",
    "core.application_symbol",
    "core.review_decision",
    "core.enterprise",
    "core.enterprise_stage",
    "core.enterprise_applicant",
)
# The metrics that others stand on.
_STORED = frozenset(
    metric.metric
    for metric in cabinet.metrics()
    if any(f"metrics.{metric.metric}" in other.sql for other in cabinet.metrics())
)
_STANDING = ("core.branch", "core.region", "core.office", "core.chain_node")


def random_world(seed: int, size: int) -> Rows:
    """Rows of `size` applications, none or at least two; one seed gives the same first applications whatever the size."""
    draw = random.Random(seed)
    tilt = _tilt(draw)
    applications = [_application(draw, at, tilt) for at in range(1, size + 1)]
    rows = world(applications) if applications else {name: [] for name in TABLES} | _standing()
    for row in rows["core.application"]:
        _date(draw, row)
    filed = {row["application_id"]: row for row in rows["core.application"]}
    priorities = {family: draw.choice(_PRIORITIES) for family in sorted({row[6] for row in applications})}
    # Drawn apart from the rest, which would be other worlds otherwise.
    sizes = random.Random(f"sizes {seed}")
    for row in rows["core.publication"]:
        row["vendor_family_size"] = sizes.choice([None, None, 1, 1, 2, 9])
        application = filed[row["application_id"]]
        row["publication_date"] = _published(draw, application)
        row["priority_numbers"] = priorities[application["family_id"]]
    for row in rows["core.applicant"]:
        name = row["applicant_id"]
        row["applicant_type"] = TYPES.get(name, "company")
        row["country"] = COUNTRIES.get(name, "CN")
        row["group_id"] = GROUPS.get(name, name)
    for row in rows["core.application_applicant"]:
        row["group_id"] = draw.choice([None, None, None, "m1"])
    rows["core.review_decision"] = _decisions(draw)
    rows["core.enterprise"], rows["core.enterprise_stage"] = _enterprises(draw)
    rows["core.enterprise_applicant"] = [
        {"enterprise_id": row["enterprise_id"], "applicant_id": NAMES[at % len(NAMES)], "matched_by": "name"}
        for at, row in enumerate(rows["core.enterprise"])
    ]
    rows["meta.build"] = [_build(draw)]
    filings = Counter(row[1] for row in applications)
    rows["meta.office_cut_off"] = [
        _office(draw, office) | {"applications": filings[office]} for office in sorted(filings)
    ]
    return rows


_PRIORITIES = [None, None, ["CN201710000001"], ["CN201710000001", "US15000001"], ["US15000001"], ["WO2017CN00001"]]
_PRIORITIES += [["PCTCN2017000001"], ["PCTIB2017000001"], ["PCTUS2017000001", "US15000001"]]
_PRIORITIES += [["CN201710000001", "WO2017CN00001"], ["JP2017000001", "JP2017000002"]]


@dataclass(frozen=True)
class Tilt:
    """What one world is full of and another lacks. `avoided`: a branch that nobody in Zhejiang files in, or nearly."""

    families: int
    names: list[float]
    branches: dict[str, float]
    avoided: str | None
    avoidance: float


def _tilt(draw: random.Random) -> Tilt:
    return Tilt(
        draw.choice([3, 40, 200]),
        [draw.choice([0.1, 1, 1, 5]) for _ in NAMES],
        {branch: draw.choice([0, 0.03, 0.3, 0.3, 0.6]) for branch in BRANCHES},
        draw.choice([None, *BRANCHES]),
        draw.choice([0.7, 1]),
    )


def _application(draw: random.Random, at: int, tilt: Tilt) -> tuple:
    place = draw.choices(PLACES, [3, 3, 1, 1, 2, 1, 3, 2, 1, 1, 1])[0]
    labels = {
        branch: draw.choice(["core", "core", "related"])
        for branch, chance in tilt.branches.items()
        if draw.random() < chance
    }
    if place[0] == ZHEJIANG and draw.random() < tilt.avoidance:
        labels.pop(tilt.avoided, None)
    applicants = draw.choices(NAMES, tilt.names, k=draw.choice([0, 1, 1, 1, 2, 3]))
    return (
        f"A{at:03d}",
        draw.choices(OFFICES, [12, 4, 2, 1, 2, 1])[0],
        draw.choices(["invention", "utility_model", "design"], [6, 2, 1])[0],
        draw.choice([2014, 2015, 2017, 2018, 2018, 2019, 2020, 2020, 2021, None]),
        place,
        list(dict.fromkeys(applicants)),
        f"F{at if at <= 2 else draw.randrange(tilt.families):03d}",
        labels,
    )


def _date(draw: random.Random, row: dict) -> None:
    """A filing date in most years, a grant some years later, a legal status."""
    year = row["filing_year"]
    has_date = year is not None and draw.random() < 0.8
    row["filing_date"] = date(year, 1, 1) + timedelta(days=draw.randrange(365)) if has_date else None
    is_granted = draw.random() < 0.3
    row["grant_date"] = date((year or 2016) + draw.choice([1, 2, 3]), draw.randint(1, 12), 3) if is_granted else None
    row["grant_date"] = date(2010, 2, 28) if is_granted and draw.random() < 0.2 else row["grant_date"]
    row["legal_status"] = draw.choice(STATUSES)
    row["place_country"] = draw.choice([None, "CN", "TW", "US"])


def _published(draw: random.Random, application: dict) -> date | None:
    if draw.random() < 0.1:
        return None
    if application["filing_date"] and draw.random() < 0.9:
        return application["filing_date"] + timedelta(days=draw.choice([-3, 0, 200, 540, 545, 700, 1100]))
    return date(draw.choice([2016, 2019, 2022]), 2, 5)


def _decisions(draw: random.Random) -> list[dict[str, object]]:
    """On three documents of each filing, so that some overrule others."""
    return [
        {
            "publication_number": f"CN{at}A",
            "branch": draw.choice(BRANCHES[:3]),
            "decision": draw.choice(["core", "core", "related", "none"]),
            "reviewer": "test",
            "decision_date": date(2024, 5, 1 + at % 2),
            "application_id": f"A{at // 3:03d}" if draw.random() < 0.9 else None,
            "rule_level": draw.choice(["core", "core", "related", "candidate", None]),
        }
        for at in range(draw.choice([0, 1, 30]))
    ]


def _enterprises(draw: random.Random) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    enterprises, stages = [], []
    elsewhere = draw.choice([PRODUCTS, [*PRODUCTS, "光模块", "光模块"]])
    for at in range(draw.choice([0, 5, 60])):
        province, city = draw.choice(SEATS)
        products = elsewhere if province == "310000" or draw.random() < 0.05 else PRODUCTS
        key = f"e{at:02d}"
        enterprises.append(
            {
                "enterprise_id": key,
                "enterprise_name": key,
                "province_code": province,
                "city_code": city,
                "district_code": (BINJIANG, XIHU, None)[at % 3] if city == HANGZHOU else None,
                "source": "test",
            }
        )
        entries = {
            (draw.choice(["upstream", "midstream", "downstream"]), draw.choice(products))
            for _ in range(draw.choice([0, 1, 1, 2, 3]))
        }
        stages += [
            {"enterprise_id": key, "chain_stage": stage, "product": product, "source": "test"}
            for stage, product in sorted(entries)
        ]
    return enterprises, stages


def _build(draw: random.Random) -> dict[str, object]:
    known = draw.random() < 0.9
    return {
        "cut_off_date": CUT_OFF if known else None,
        "last_complete_year": last_complete_year(CUT_OFF, 18) if known else None,
        "focus_province_code": ZHEJIANG,
        "focus_city_code": HANGZHOU,
    }


def _office(draw: random.Random, office: str) -> dict[str, object]:
    cut_off = draw.choice([CUT_OFF, date(2021, 12, 31), date(2020, 2, 29), None])
    return {
        "office": office,
        "cut_off_date": cut_off,
        "last_complete_year": last_complete_year(cut_off, 18) if cut_off else None,
    }


def _standing() -> Rows:
    return {name: rows for name, rows in world().items() if name in _STANDING}


class Memory:
    """A DuckDB in memory with every table, macro and metric, created once; `hold` puts a world into it.

    Metrics that others stand on are tables as in a build, the rest are views: of a small world each is asked once.
    """

    def __init__(self) -> None:
        # One thread: a world is so small that handing its rows from thread to thread would be most of the work.
        self.connection = duckdb.connect(":memory:", config={"threads": "1"})
        create_structure(self.connection)
        for macro in cabinet.macros():
            self.connection.execute(create_macro(macro)[0])
        for metric in cabinet.metrics():
            kind = "TABLE" if metric.metric in _STORED else "VIEW"
            self.connection.execute(f"CREATE {kind} metrics.{metric.metric} AS {metric.sql}")
        for name, rows in _standing().items():
            self._insert(name, rows)
        self.prepared: dict[str, str] = {}

    def hold(self, rows: Rows) -> None:
        self.connection.begin()
        for name in _CHANGING:
            self.connection.execute(f"TRUNCATE {name}")
            self._insert(name, rows[name])
        for name in ("meta.build", "meta.office_cut_off"):
            self.connection.execute(f"TRUNCATE {name}")
            for row in rows[name]:
                marks = ", ".join("?" for _ in row)
                self.connection.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        for metric in cabinet.metrics():
            if metric.metric in _STORED:
                self.connection.execute(f"TRUNCATE metrics.{metric.metric}")
                self._execute(f"INSERT INTO metrics.{metric.metric} {metric.sql}")
        self.connection.commit()

    def ask(self, sql: str) -> list[tuple]:
        return self._execute(sql).fetchall()

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """A statement that is prepared once: reading it takes longer than a small world's answer."""
        if sql not in self.prepared:
            self.prepared[sql] = f"statement_{len(self.prepared)}"
            self.connection.execute(f"PREPARE {self.prepared[sql]} AS {sql}")
        return self.connection.execute(f"EXECUTE {self.prepared[sql]}")

    def _insert(self, name: str, rows: list[dict[str, object]]) -> None:
        types = TABLES[name].polars_schema
        named = {column for row in rows for column in row}
        frame = pl.DataFrame(rows, schema={column: types[column] for column in types if column in named or not rows})
        self.connection.register("incoming", frame.to_arrow())
        self.connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")
        self.connection.unregister("incoming")
