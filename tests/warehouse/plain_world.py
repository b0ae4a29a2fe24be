"""A world's rows for the plain metrics: joined by hand, with the few notions that several of them share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date

from tests.warehouse.world import ZHEJIANG, Rows

LEVELS = ("core", "all")
AREAS = ("all", "cn_office", "focus_province")
IP5 = {"CN", "US", "JP", "KR", "EP"}
STATUSES = ["active", "pending", "pct_designation_period", "inactive", "pct_designation_expired", "unknown"]
TYPES = ("company", "university", "institute", "person", "government", "unknown")
ISLANDS = ("710000", "810000", "820000")


class World:
    """A world's rows, joined by hand."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.build = rows["meta.build"][0]
        self.offices = {row["office"]: row for row in rows["meta.office_cut_off"]}
        self.applicants = {row["applicant_id"]: row for row in rows["core.applicant"]}
        self.family_offices = {row["family_id"]: set(row["offices"]) for row in rows["core.family"]}
        self.owners = defaultdict(list)
        for link in sorted(rows["core.application_applicant"], key=lambda row: row["position"]):
            owner = self.applicants[link["applicant_id"]]
            at_filing = link.get("group_id") or owner["group_id"]
            self.owners[link["application_id"]].append(owner | {"group_id": at_filing})
        self.branches = defaultdict(set)
        for label in rows["core.application_branch"]:
            if label["level"] == "core":
                self.branches[label["application_id"]].add(label["branch"])
        self.publications = defaultdict(list)
        for publication in rows["core.publication"]:
            self.publications[publication["application_id"]].append(publication)
        counted = [row for row in rows["core.application"] if row["patent_type"] in ("invention", "utility_model")]
        self.counted = {"all": counted, "core": [row for row in counted if self.branches[row["application_id"]]]}
        self.family_priorities = defaultdict(set)
        for row in rows["core.application"]:
            for publication in self.publications[row["application_id"]]:
                for number in publication["priority_numbers"] or []:
                    country = number[3:5] if number.startswith("PCT") else number[:2]
                    self.family_priorities[row["family_id"]].add(country)

    def of(self, level: str, area: str = "all") -> list[dict]:
        return [
            row
            for row in self.counted[level]
            if (area == "all" or row["office"] == "CN")
            and (area != "focus_province" or row["province_code"] == ZHEJIANG)
        ]

    def families(self, level: str, rows: Iterable[dict] | None = None) -> dict[str, list[dict]]:
        """Members of every family, the one filed first in front."""
        found = defaultdict(list)
        for row in self.counted[level] if rows is None else rows:
            found[row["family_id"]].append(row)
        for members in found.values():
            members.sort(
                key=lambda row: (row["filing_year"] or 9999, row["filing_date"] or date.max, row["application_id"])
            )
        return found

    def first_group(self, row: dict) -> str | None:
        owners = self.owners[row["application_id"]]
        return owners[0]["group_id"] if owners else None

    def first_published(self, row: dict) -> date | None:
        dates = [each["publication_date"] for each in self.publications[row["application_id"]]]
        return min((day for day in dates if day), default=None)

    def area_year(self, area: str) -> int | None:
        """Last complete year of an area."""
        own = self.offices.get("CN", {}).get("last_complete_year") if area != "all" else None
        return own or self.build["last_complete_year"]

    def area_cut_off(self, area: str) -> date | None:
        """The Chinese office's; of all offices that of the one whose data end first, small offices aside."""
        total = sum(own["applications"] for own in self.offices.values())
        weighing = self.offices.values() if area == "all" else [self.offices.get("CN", {})]
        known = [
            own["cut_off_date"] for own in weighing if own and (area != "all" or 20 * own["applications"] >= total)
        ]
        return min((day for day in known if day), default=self.build["cut_off_date"])

    def origin(self, members: list[dict]) -> tuple[str | None, str]:
        countries = self.family_priorities[members[0]["family_id"]] - {"WO", "IB"}
        owners = self.owners[members[0]["application_id"]]
        if len(countries) == 1:
            return countries.pop(), "priority"
        if owners and owners[0]["country"]:
            return owners[0]["country"], "first_applicant"
        if members[0].get("place_country"):
            return members[0]["place_country"], "first_applicant"
        return None, "unknown"


def share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def years(found: Iterable[int | None]) -> list[int]:
    known = [year for year in found if year is not None]
    return list(range(min(known), max(known) + 1)) if known else []


def earliest_year(members: list[dict]) -> int | None:
    return min((row["filing_year"] for row in members if row["filing_year"]), default=None)


def by_level(answer: Callable[[World, str], dict]) -> Callable[[World], dict]:
    """The same for both label levels, which stand first in every key."""
    return lambda world: {(level, *key): value for level in LEVELS for key, value in answer(world, level).items()}


def upto(year: int | None, last: int | None) -> bool | None:
    return None if year is None or last is None else year <= last


def with_completeness(answer: Callable[[World], dict], year_at: int, area: str = "") -> Callable[[World], dict]:
    """Adds whether the year, which stands in the key at `year_at`, is complete in `area` (else the area in the key)."""
    return lambda world: {
        key: (*value, upto(key[year_at], world.area_year(area or key[1]))) for key, value in answer(world).items()
    }


def shifted(day: date, by: int) -> date:
    """The same day in another year; 29 February becomes 28 where that year has none."""
    try:
        return day.replace(year=day.year + by)
    except ValueError:
        return date(day.year + by, 2, 28)


def nodes(world: World) -> list[tuple[int, str, set[str]]]:
    """Tier, node and its tier-3 branches, for every node of the tree."""
    found = defaultdict(set)
    for row in world.rows["core.branch"]:
        for tier, node in ((3, row["branch"]), (2, row["tier2"]), (1, row["tier1"])):
            found[tier, node].add(row["branch"])
    return [(tier, node, branches) for (tier, node), branches in found.items()]


def tree(world: World) -> list[str]:
    return [row["branch"] for row in world.rows["core.branch"]]


def provinces(world: World) -> list[str]:
    return [
        row["region_code"]
        for row in world.rows["core.region"]
        if row["region_level"] == "province" and row["region_code"] not in ISLANDS
    ]


def is_mainland(row: dict) -> bool:
    return row["province_code"] is not None and row["province_code"] not in ISLANDS


def seats(world: World) -> dict[str, tuple[bool, str | None]]:
    """Whether an enterprise sits in the focus province, and in which of its cities."""
    return {
        row["enterprise_id"]: (row["province_code"] == ZHEJIANG, row["city_code"])
        for row in world.rows["core.enterprise"]
    }
