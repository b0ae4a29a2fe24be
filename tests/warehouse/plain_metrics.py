"""The metrics once more in plain Python over the same rows: slow, and meant to be seen to be right.

Every function takes the rows of a world (random_world.py) and gives key -> numbers, as its metric's view must.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from statistics import median

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
            self.owners[link["application_id"]].append(self.applicants[link["applicant_id"]])
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
                    self.family_priorities[row["family_id"]].add(number[:2])

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
                key=lambda row: (row["filing_date"] or date.max, row["filing_year"] or 9999, row["application_id"])
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
        own = self.offices.get("CN", {}).get("cut_off_date") if area != "all" else None
        return own or self.build["cut_off_date"]

    def origin(self, members: list[dict]) -> tuple[str | None, str]:
        countries = self.family_priorities[members[0]["family_id"]] - {"WO"}
        owners = self.owners[members[0]["application_id"]]
        if len(countries) == 1:
            return countries.pop(), "priority"
        if owners and owners[0]["country"]:
            return owners[0]["country"], "first_applicant"
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


def shifted(day: date, by: int) -> date:
    """The same day in another year; 29 February becomes 28 where that year has none."""
    try:
        return day.replace(year=day.year + by)
    except ValueError:
        return date(day.year + by, 2, 28)


def counted_family(world: World, level: str) -> dict:
    return {
        (family,): (
            members[0]["application_id"],
            earliest_year(members),
            len(members),
            any(row["grant_date"] for row in members),
            *world.origin(members),
            sorted(world.family_offices[family]),
        )
        for family, members in world.families(level).items()
    }


def completeness(world: World) -> dict:
    found = {}
    for office, own in world.offices.items():
        filed = [row for row in world.of("all") if row["office"] == office]
        last, cut_off = own["last_complete_year"], own["cut_off_date"]
        numbers = Counter(row["filing_year"] for row in filed)
        span = years([*(row["filing_year"] for row in filed)])
        if not span:
            continue
        reference = []
        for row in filed:
            at, published = row["filing_date"], world.first_published(row)
            if at and published and last and published >= at and last - 2 <= at.year <= last:
                reference.append((at, published))
        lag = median((published - at).days for at, published in reference) if reference else None
        for year in range(span[0], max(span[-1], cut_off.year if cut_off else 0) + 1):
            expected, reason = None, None
            if last is None:
                reason = "no_complete_year"
            elif year <= last:
                reason = "complete_year"
            elif len(reference) < 100:
                reason = "too_few_dated"
            else:
                public = sum(shifted(published, year - at.year) <= cut_off for at, published in reference)
                expected = public / len(reference)
            is_complete = last is not None and year <= last
            found[office, year] = (numbers[year], len(reference), lag, expected, reason, is_complete)
    return found


def publication_grant(world: World) -> dict:
    found = {}
    events = {}
    for level in LEVELS:
        for area in AREAS:
            rows = world.of(level, area)
            published = [world.first_published(row) for row in rows]
            events[level, area, "first_publication"] = Counter(day.year if day else None for day in published)
            events[level, area, "grant"] = Counter(row["grant_date"].year for row in rows if row["grant_date"])
    span = years(year for number in events.values() for year in number)
    for (level, area, event), number in events.items():
        cut_off = world.area_cut_off(area)
        for year in span + [None] * (event == "first_publication"):
            is_complete = date(year, 12, 31) <= cut_off if year and cut_off else None
            found[level, area, event, year] = (number[year], is_complete)
    return found


def legal_status(world: World, level: str) -> dict:
    found = {}
    for area in AREAS:
        rows = world.of(level, area)
        single = Counter(row["legal_status"] or "unknown" for row in rows)
        best = Counter(
            min((row["legal_status"] or "unknown" for row in members), key=STATUSES.index)
            for members in world.families(level, rows).values()
        )
        for unit, number in (("application", single), ("family", best)):
            for status in STATUSES:
                found[area, unit, status] = (number[status], share(number[status], number.total()))
    return found


def grant_rate(world: World) -> dict:
    inventions = {
        (level, area): [
            row for row in world.of(level, area) if row["patent_type"] == "invention" and row["office"] != "WO"
        ]
        for level in LEVELS
        for area in AREAS
    }
    span = years(row["filing_year"] for rows in inventions.values() for row in rows)
    found = {}
    for (level, area), rows in inventions.items():
        last = world.area_year(area)
        for year in span:
            filed = [row for row in rows if row["filing_year"] == year]
            granted = sum(row["grant_date"] is not None for row in filed)
            is_censored = last is None or year > last - 3
            found[level, area, year] = (len(filed), granted, share(granted, len(filed)), is_censored, len(filed) < 30)
    return found


def overseas(world: World) -> dict:
    found = {}
    families = {level: world.families(level) for level in LEVELS}
    span = years(earliest_year(members) for each in families.values() for members in each.values())
    for level in LEVELS:
        for year in [*span, None]:
            judged = []
            for family, members in families[level].items():
                if earliest_year(members) == year:
                    offices = world.family_offices[family]
                    judged.append(("WO" in offices, _is_overseas(offices - {"WO"}, world.origin(members)[0])))
            pct = sum(is_pct for is_pct, _ in judged)
            abroad = sum(is_overseas is True for _, is_overseas in judged)
            unknown = sum(is_overseas is None for _, is_overseas in judged)
            number = len(judged)
            found[level, year] = (number, pct, abroad, unknown, share(pct, number), share(abroad, number))
    return found


def _is_overseas(offices: set[str], origin: str | None) -> bool | None:
    if origin is None:
        return None if len(offices) == 1 else len(offices) >= 2
    return bool(offices - {origin})


def origin_office(world: World, level: str) -> dict:
    cells, by_priority = Counter(), Counter()
    for members in world.families(level).values():
        origin, basis = world.origin(members)
        for row in members:
            cells[origin, row["office"]] += 1
            by_priority[origin, row["office"]] += basis == "priority"
    origins, offices = ({cell[at] for cell in cells} for at in (0, 1))
    of_origin = {origin: sum(cells[origin, office] for office in offices) for origin in origins}
    of_office = {office: sum(cells[origin, office] for origin in origins) for office in offices}
    return {
        (origin, office): (
            origin == office,
            cells[origin, office],
            by_priority[origin, office],
            share(cells[origin, office], of_origin[origin]),
            share(cells[origin, office], of_office[office]),
            of_origin[origin] - of_office.get(origin, 0) if origin else None,
        )
        for origin in origins
        for office in offices
    }


def ip5_families(world: World, level: str) -> dict:
    steps = [len(world.family_offices[family] & IP5) for family in world.families(level)]
    found = {}
    for step in range(6):
        at_least = sum(each >= step for each in steps)
        found[(step,)] = (steps.count(step), at_least, share(at_least, len(steps)))
    return found


def applicant_type(world: World, level: str) -> dict:
    weights = Counter()
    for row in world.of(level):
        types = [owner["applicant_type"] for owner in world.owners[row["application_id"]]] or ["unknown"]
        weights["first", types[0]] += 1
        for each in set(types):
            weights["whole", each] += 1
        for each in types:
            weights["fractional", each] += 1 / len(types)
    number = len(world.of(level))
    return {
        (credit, each): (weights[credit, each], share(weights[credit, each], number))
        for credit in ("first", "whole", "fractional")
        for each in TYPES
    }


# metric -> its key and its numbers, as columns of the view, and what gives the same in Python
METRICS: dict[str, tuple[str, str, Callable[[World], dict]]] = {
    "m00_counted_family": (
        "label_level, family_id",
        "application_id, filing_year, applications, is_granted, origin_country, origin_basis, offices",
        by_level(counted_family),
    ),
    "m02_publication_grant": (
        "label_level, area, event, event_year",
        "applications, is_complete_year",
        publication_grant,
    ),
    "m10_origin_office": (
        "label_level, origin_country, office",
        "is_home, applications, applications_by_priority, origin_share, office_share, net_outflow",
        by_level(origin_office),
    ),
    "m11_ip5_families": (
        "label_level, ip5_offices",
        "families, families_at_least, share_at_least",
        by_level(ip5_families),
    ),
    "m37_applicant_type": ("label_level, credit, applicant_type", "applications, share", by_level(applicant_type)),
    "m46_legal_status": ("label_level, area, unit, legal_status", "filings, share", by_level(legal_status)),
    "m47_grant_rate": (
        "label_level, area, filing_year",
        "inventions, granted_inventions, grant_rate, is_censored, is_small_base",
        grant_rate,
    ),
    "m53_overseas": (
        "label_level, filing_year",
        "families, pct_families, overseas_families, unknown_families, pct_share, overseas_share",
        overseas,
    ),
    "m59_completeness": (
        "office, filing_year",
        "applications, dated_applications, median_lag_days, expected_public_share, reason, is_complete_year",
        completeness,
    ),
}
