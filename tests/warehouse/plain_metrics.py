"""The metrics once more in plain Python over the same rows: slow, and meant to be seen to be right.

Every function takes the rows of a world (random_world.py) and gives key -> numbers, as its metric's view must.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from math import log, sqrt, tanh
from statistics import median

from tests.warehouse import plain_rankings as rankings
from tests.warehouse.plain_curves import s_curves
from tests.warehouse.plain_world import (
    AREAS,
    IP5,
    LEVELS,
    STATUSES,
    TYPES,
    World,
    by_level,
    earliest_year,
    is_mainland,
    nodes,
    provinces,
    seats,
    share,
    shifted,
    tree,
    upto,
    with_completeness,
    years,
)
from tests.warehouse.world import HANGZHOU, NINGBO, ZHEJIANG


def counted_family(world: World, level: str) -> dict:
    return {
        (family,): (
            members[0]["application_id"],
            earliest_year(members),
            len(members),
            any(row["grant_date"] for row in members),
            *_countries(world, members),
            *world.origin(members),
            sorted(world.family_offices[family]),
            upto(earliest_year(members), world.build["last_complete_year"]),
        )
        for family, members in world.families(level).items()
    }


def _countries(world: World, members: list[dict]) -> tuple[str | None, str | None]:
    """Of the priorities, where they name one alone, and of the first applicant."""
    claimed = world.family_priorities[members[0]["family_id"]] - {"WO", "IB"}
    owners = world.owners[members[0]["application_id"]]
    first = owners[0]["country"] if owners else None
    return claimed.pop() if len(claimed) == 1 else None, first or members[0].get("place_country")


def family_year(world: World) -> dict:
    families = {level: world.families(level) for level in LEVELS}
    numbers = {level: Counter(earliest_year(members) for members in each.values()) for level, each in families.items()}
    span = [*years(year for each in numbers.values() for year in each), None]
    last = world.build["last_complete_year"]
    return {(level, year): (numbers[level][year], upto(year, last)) for level in LEVELS for year in span}


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
            closed = sum(row["grant_date"] is not None or row["legal_status"] == "inactive" for row in filed)
            shares = share(granted, len(filed)), closed, share(granted, closed)
            found[level, area, year] = (len(filed), granted, *shares, is_censored, len(filed) < 30)
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
            shares = share(pct, number), share(abroad, number)
            found[level, year] = (number, pct, abroad, unknown, *shares, _is_complete_by_30_months(year, world))
    return found


def _is_complete_by_30_months(year: int | None, world: World) -> bool | None:
    """Two years and a half after New Year's Eve is the last day of June."""
    cut_off = world.area_cut_off("all")
    return date(year + 3, 6, 30) <= cut_off if year and cut_off else None


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
    known_of_office = {office: number - cells[None, office] for office, number in of_office.items()}
    return {
        (origin, office): (
            origin == office,
            cells[origin, office],
            by_priority[origin, office],
            share(cells[origin, office], of_origin[origin]),
            share(cells[origin, office], of_office[office]),
            of_origin[origin] - known_of_office.get(origin, 0) if origin else None,
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


def branch_growth(world: World) -> dict:
    last = world.build["last_complete_year"]
    core = [row for row in world.of("core") if row["filing_year"]]
    first = min((row["filing_year"] for row in world.of("all") if row["filing_year"]), default=None)
    of_all = rankings.growth(world)
    found = {}
    for tier, node, branches in nodes(world):
        ours = Counter(row["filing_year"] for row in core if world.branches[row["application_id"]] & branches)
        for k in (3, 5):
            found[tier, node, k] = _beside_all(
                of_all.get(("core", "all", "all", k)),
                (
                    last and last - k,
                    last,
                    *_grown(ours, Counter(row["filing_year"] for row in core), first, last, k),
                ),
            )
    return found


def _beside_all(of_all: tuple | None, told: tuple) -> tuple:
    """The compound growth of all, and the branch's over it, between the branch's own growth and its windows."""
    whole = of_all[4] if of_all else None
    relative = told[4] / whole if told[4] is not None and whole and whole > 0 else None
    return (*told[:7], whole, relative, *told[7:])


def _grown(ours: Counter, whole: Counter, first: int | None, last: int | None, k: int) -> tuple:
    if last is None:
        return (None, None, None, None, None, 0, 0, None, None, None, True, "no_complete_year")
    recent, earlier = range(last - k + 1, last + 1), range(last - 2 * k + 1, last - k + 1)
    ours_recent, ours_earlier = (sum(ours[year] for year in span) for span in (recent, earlier))
    shares = [share(sum(ours[year] for year in span), sum(whole[year] for year in span)) for span in (recent, earlier)]
    shift = None if None in shares else shares[0] - shares[1]
    windows = (ours_recent, ours_earlier, *shares, shift)
    if first is None or last - k < first:
        return (None, None, None, None, None, *windows, True, "window_before_data")
    window = [ours[year] for year in range(last - k, last + 1)]
    cagr = (window[-1] / window[0]) ** (1 / k) - 1 if window[0] else None
    lowest = mean = None
    if 0 not in window[:-1]:
        growths = [after / before - 1 for before, after in zip(window, window[1:], strict=False)]
        lowest, mean = min(growths), sum(growths) / k
    reason = "starts_at_zero" if not window[0] else "empty_year" if lowest is None else None
    return (window[0], window[-1], cagr, lowest, mean, *windows, min(window) < 30, reason)


def advantage(world: World) -> dict:
    last = world.area_year("cn_office")
    periods = {"all_years": None} | ({"recent_3_years": range(last - 2, last + 1)} if last else {})
    found = {}
    for period, span in periods.items():
        assigned = [
            (row["province_code"], branch)
            for row in world.of("core", "cn_office")
            if is_mainland(row) and (span is None or row["filing_year"] in span)
            for branch in world.branches[row["application_id"]]
        ]
        cells = Counter(assigned)
        of_province = Counter(province for province, _ in assigned)
        of_branch = Counter(branch for _, branch in assigned)
        for province in provinces(world):
            for branch in tree(world):
                n, reason, rta = cells[province, branch], None, None
                if of_province[province] < 30:
                    reason = "too_few_filings"
                elif not of_branch[branch]:
                    reason = "empty_branch"
                else:
                    rta = (n / of_province[province]) / (of_branch[branch] / len(assigned))
                rpa = None if rta is None else 100 * tanh(log(rta)) if rta else -100.0
                found[period, province, branch] = (n, of_province[province], of_branch[branch], rta, rpa, reason)
    return found


def weak_branch(world: World) -> dict:
    found = {}
    for (period, province, branch), (n, _, of_branch, rta, _, _) in advantage(world).items():
        if (period, province) == ("all_years", ZHEJIANG):
            standing = reason = None
            if of_branch < 10:
                reason = "small_branch"
            elif n == 0:
                standing = "blank"
            elif rta is None:
                reason = "too_few_filings"
            else:
                standing = "weak" if rta < 0.8 else "present"
            found[(branch,)] = (n, of_branch, share(n, of_branch), rta, standing, reason)
    return found


def concentration(world: World) -> dict:
    subjects = {(level, None): world.of(level) for level in LEVELS}
    for branch in tree(world):
        subjects["core", branch] = [row for row in world.of("core") if branch in world.branches[row["application_id"]]]
    found = {}
    for subject, rows in subjects.items():
        groups = Counter(world.first_group(row) for row in rows)
        groups.pop(None, None)
        known, largest = groups.total(), sorted(groups.values(), reverse=True)
        leading = [share(sum(largest[:n]) if largest else None, known) for n in (4, 8, 10)]
        hhi = sum((n / known) ** 2 for n in largest) if known else None
        squares = 100 * sum(n * n for n in largest)
        band = "low" if squares < 10 * known**2 else "moderate" if squares <= 18 * known**2 else "high"
        band = band if known else None
        found[subject] = (len(rows), known, len(groups), *leading, hhi, hhi and 10000 * hhi, band)
    return found


def share_of_country(world: World, level: str) -> dict:
    rows = world.of(level)
    at_office = world.of(level, "cn_office")
    in_country = [row for row in at_office if is_mainland(row)]
    found = {}
    for province in provinces(world):
        everywhere = sum(row["province_code"] == province for row in rows)
        here = sum(row["province_code"] == province for row in at_office)
        shares = share(here, len(in_country)), share(here, len(at_office)), share(everywhere, len(rows))
        found[(province,)] = (province == ZHEJIANG, here, everywhere, *shares)
    return found


def location_quotient(world: World) -> dict:
    entries = {(row["enterprise_id"], row["chain_stage"]) for row in world.rows["core.enterprise_stage"]}
    seat = seats(world)
    everywhere = Counter(stage for _, stage in entries)
    here = Counter((seat[key][1], stage) for key, stage in entries if seat[key][0])
    found = {}
    stages = ("upstream", "midstream", "downstream", "user")
    for city in (HANGZHOU, NINGBO, "330300", None):
        of_city = sum(here[city, stage] for stage in stages)
        for stage in stages:
            quotient = reason = None
            if of_city < 10:
                reason = "too_few_entries"
            elif not everywhere[stage]:
                reason = "empty_stage"
            else:
                quotient = (here[city, stage] / of_city) / (everywhere[stage] / everywhere.total())
            found[city, stage] = (here[city, stage], of_city, everywhere[stage], quotient, reason)
    return found


def spatial_concentration(world: World) -> dict:
    seat = seats(world)
    places = {("city_enterprises", "all"): [city for is_here, city in seat.values() if is_here]}
    for level in LEVELS:
        rows = world.of(level, "cn_office")
        places["province_applications", level] = [row["province_code"] if is_mainland(row) else None for row in rows]
        places["city_applications", level] = [row["city_code"] for row in world.of(level, "focus_province")]
    found = {}
    for key, held in places.items():
        numbers = Counter(place for place in held if place is not None)
        known = numbers.total()
        hhi = sum((n / known) ** 2 for n in numbers.values()) if known else None
        top = share(max(numbers.values(), default=None), known)
        found[key] = (len(numbers), share(known, len(held)), top, hhi, 1 / hhi if hhi else None)
    return found


def maturity(world: World) -> dict:
    subjects = {None: world.of("core")}
    for branch in tree(world):
        subjects[branch] = [row for row in world.of("core") if branch in world.branches[row["application_id"]]]
    of_year = defaultdict(list)
    for branch, rows in subjects.items():
        for members in world.families("core", rows).values():
            if year := earliest_year(members):
                of_year[branch, year].append(members)
    found = {}
    for branch in subjects:
        for year in years(year for _, year in of_year):
            families = of_year[branch, year]
            granted = sum(any(row["grant_date"] for row in members) for members in families)
            first = [world.owners[members[0]["application_id"]] for members in families]
            owners = [each[0] for each in first if each]
            groups = {owner["group_id"] for owner in owners if owner["applicant_type"] != "person"}
            persons = {owner["applicant_id"] for owner in owners if owner["applicant_type"] == "person"}
            found[branch, year] = (len(families), granted, len(groups), len(persons))
    return found


def entrants(world: World) -> dict:
    filed = {
        level: [
            (row["filing_year"], world.first_group(row))
            for row in world.of(level)
            if row["filing_year"] and world.first_group(row)
        ]
        for level in LEVELS
    }
    span = years(year for each in filed.values() for year, _ in each)
    found = {}
    for level in LEVELS:
        for year in span:
            active = {group for at, group in filed[level] if at == year}
            before = {group for at, group in filed[level] if at < year}
            new, number = len(active - before), sum(at == year for at, _ in filed[level])
            shares = share(new, len(active)), share(number, len(active))
            found[level, year] = (number, len(active), new, *shares, year < span[0] + 3)
    return found


def co_application(world: World) -> dict:
    families = {level: world.families(level) for level in LEVELS}
    span = years(earliest_year(members) for each in families.values() for members in each.values())
    found = {}
    for level in LEVELS:
        for year in [*span, None]:
            of_year = [members for members in families[level].values() if earliest_year(members) == year]
            owners = [
                [owner for row in members for owner in world.owners[row["application_id"]]] for members in of_year
            ]
            unknown = sum(not each for each in owners)
            joint = sum(len({owner["group_id"] for owner in each}) > 1 for each in owners)
            science = sum(_is_science_with_company(each) for each in owners)
            across = sum(
                len({owner["group_id"] for owner in each}) > 1 and _names_two_provinces(world, members)
                for each, members in zip(owners, of_year, strict=True)
            )
            number = len(of_year)
            shares = share(joint, number), share(science, number), share(across, joint)
            found[level, year] = (number, unknown, joint, science, across, *shares)
    return found


def _names_two_provinces(world: World, members: list[dict]) -> bool:
    """In any document at the Chinese office of any filing of the family, counted or not."""
    spelt = {
        name: row["region_code"]
        for row in world.rows["core.region"]
        if row["region_level"] == "province"
        for name in (row["region_name"], row["short_name"])
    }
    family = members[0]["family_id"]
    filings = [row["application_id"] for row in world.rows["core.application"] if row["family_id"] == family]
    named = {
        spelt.get(name)
        for filing in filings
        for document in world.publications[filing]
        if document["office"] == "CN" and len(document["provinces"] or []) > 1
        for name in document["provinces"]
    }
    return len(named - {None}) > 1


def cooperation_network(world: World, level: str) -> dict:
    partners, together = defaultdict(set), defaultdict(dict)
    for family, members in world.families(level).items():
        groups = {owner["group_id"] for row in members for owner in world.owners[row["application_id"]]}
        for group in groups:
            if len(groups) > 1:
                partners[group] |= groups - {group}
                together[group][family] = len(groups) - 1
    found = {}
    for group in partners:
        reached, edge = {group}, {group}
        while edge:
            edge = set().union(*(partners[each] for each in edge)) - reached
            reached |= edge
        joint = together[group]
        found[(group,)] = (len(partners[group]), len(joint), sum(joint.values()), min(reached), len(reached))
    return found


def _is_science_with_company(owners: list[dict]) -> bool:
    return any(
        one["applicant_type"] in ("university", "institute")
        and other["applicant_type"] == "company"
        and one["group_id"] != other["group_id"]
        for one in owners
        for other in owners
    )


def supply_gap(world: World) -> dict:
    seat = seats(world)
    offered = defaultdict(list)
    for row in world.rows["core.enterprise_stage"]:
        if row["product"]:
            offered[row["chain_stage"], row["product"]].append(row["enterprise_id"])
    entries = [key for keys in offered.values() for key in keys]
    overall = share(sum(seat[key][0] for key in entries), len(entries))
    found = {}
    for product, keys in offered.items():
        here = sum(seat[key][0] for key in keys)
        others = sorted(key for key in keys if not seat[key][0])[:10]
        gap = "blank" if not here else "thin" if here / len(keys) < 0.5 * overall else "covered"
        few = len(keys) < 3
        told = "、".join(others) or None
        found[product] = (
            here,
            len(keys),
            here / len(keys),
            overall,
            None if few else gap,
            told,
            few and "few_enterprises" or None,
        )
    return found


def high_value(world: World) -> dict:
    cut_off = world.area_cut_off("cn_office")
    found = {}
    for level in LEVELS:
        for area in ("cn_office", "focus_province"):
            valid = [
                row
                for row in world.of(level, area)
                if row["patent_type"] == "invention" and row["legal_status"] == "active"
            ]
            flags = {"strategic_industry": [None] * len(valid)}
            flags["pledge"] = flags["award"] = flags["strategic_industry"]
            flags["overseas_family"] = [_has_overseas_member(world, row["family_id"]) for row in valid]
            flags["long_maintained"] = [
                shifted(row["grant_date"], 10) < cut_off if row["grant_date"] and cut_off else None for row in valid
            ]
            flags["any"] = [
                True if True in (flags["overseas_family"][at], flags["long_maintained"][at]) else None
                for at in range(len(valid))
            ]
            flags["any_known"] = [
                True if True in pair else None if None in pair else False
                for pair in zip(flags["overseas_family"], flags["long_maintained"], strict=True)
            ]
            for criterion, judged in flags.items():
                yes, no, unknown = (judged.count(each) for each in (True, False, None))
                bounds = share(yes, len(valid)), share(yes + unknown, len(valid))
                found[level, area, criterion] = (len(valid), yes, no, unknown, *bounds)
    return found


def _has_overseas_member(world: World, family: str) -> bool | None:
    """A member abroad, in the data or claimed as a priority; none where the whole family is known to be in the data."""
    members = [row["application_id"] for row in world.rows["core.application"] if row["family_id"] == family]
    documents = [document for member in members for document in world.publications[member]]
    claimed = {number[:2] for document in documents for number in document["priority_numbers"] or []}
    national = {row["office"] for row in world.rows["core.office"] if row["is_national"]}
    if (world.family_offices[family] - {"CN", "WO"}) or (claimed & national - {"CN"}):
        return True
    sizes = [document["vendor_family_size"] for document in documents if document["vendor_family_size"]]
    return False if sizes and max(sizes) <= len(members) else None


def label_precision(world: World) -> dict:
    in_force = {}
    for row in sorted(
        world.rows["core.review_decision"], key=lambda row: (row["decision_date"], row["publication_number"])
    ):
        if row["application_id"]:
            in_force[row["application_id"], row["branch"]] = row
    found = {}
    for branch in [*tree(world), None]:
        decided = [row for row in in_force.values() if branch in (None, row["branch"])]
        reviewed = [row for row in decided if row["rule_level"] == "core"]
        confirmed = sum(row["decision"] == "core" for row in reviewed)
        missed = sum(row["decision"] == "core" and row["rule_level"] != "core" for row in decided)
        n = len(reviewed)
        reason = None if n else "nothing_reviewed"
        found[(branch,)] = (
            len(decided),
            n,
            confirmed,
            missed,
            confirmed + missed,
            share(confirmed, n),
            *wilson(confirmed, n),
            share(confirmed, confirmed + missed),
            *wilson(confirmed, confirmed + missed),
            n < 30,
            reason,
        )
    return found


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float | None, float | None]:
    """The p that solve (hits/n - p)^2 = z^2 p (1 - p) / n, as a quadratic equation."""
    if not n:
        return None, None
    a, b, c = n + z * z, -(2 * hits + z * z), hits * hits / n
    root = sqrt(max(b * b - 4 * a * c, 0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def growth_coefficients(world: World) -> dict:
    kinds = ("invention", "utility_model", "design")
    filed = [
        row
        for row in world.rows["core.application"]
        if row["office"] == "CN" and row["filing_year"] and row["patent_type"] in kinds
    ]
    found = {}
    span = years(row["filing_year"] for row in filed)
    for level in LEVELS:
        rows = [row for row in filed if level == "all" or world.branches[row["application_id"]]]
        number = Counter((row["filing_year"], row["patent_type"]) for row in rows)
        for year in span:
            a, b, c = (number[year, kind] for kind in kinds)
            recent = (
                sum(number[each, "invention"] for each in range(year - 4, year + 1)) if year >= span[0] + 4 else None
            )
            v, alpha, beta = share(a, recent), share(a, a + b), share(a + b, a + b + c)
            novelty = None if v is None or alpha is None else (v * v + alpha * alpha) ** 0.5
            found[level, year] = (a, b, c, recent, v, alpha, beta, novelty)
    return found


def fusion(world: World) -> dict:
    found = {}
    for one in tree(world):
        for other in tree(world):
            if one < other:
                labels = [world.branches[row["application_id"]] for row in world.of("core")]
                both = sum({one, other} <= each for each in labels)
                either = sum(bool({one, other} & each) for each in labels)
                found[one, other] = (both, either, share(both, either))
    return found


def inequality(world: World, level: str) -> dict:
    groups = Counter(world.first_group(row) for row in world.of(level))
    groups.pop(None, None)
    held, n = list(groups.values()), len(groups)
    if not n:
        return {(): (0, 0, None, None)}
    differences = sum(abs(one - other) for one in held for other in held)
    entropy = -sum(each / sum(held) * log(each / sum(held), 2) for each in held)
    return {(): (n, sum(held), differences / (2 * n * sum(held)), entropy)}


# metric -> its key and its numbers, as columns of the view, and what gives the same in Python
METRICS: dict[str, tuple[str, str, Callable[[World], dict]]] = {
    "m00_area": ("area", "area_code, cut_off_date, last_complete_year", rankings.area),
    "m00_counted_application": (
        "label_level, application_id",
        "family_id, office, patent_type, filing_year, place_kind, province_code, city_code, district_code, "
        "is_complete_year",
        by_level(rankings.counted_application),
    ),
    "m00_level": ("label_level", "applications", rankings.level_of_statements),
    "m01_filing_trend": (
        "label_level, area, patent_type, filing_year",
        "applications, cumulative_applications, growth, is_complete_year",
        rankings.filing_trend,
    ),
    "m03_office_ranking": (
        "label_level, office",
        "is_ip5, is_national, applications, share, rank",
        by_level(rankings.office_ranking),
    ),
    "m04_province_ranking": (
        "label_level, place_kind, province_code",
        "applications, share, rank",
        by_level(rankings.province_ranking),
    ),
    "m04_province_year": (
        "label_level, place_kind, province_code, filing_year",
        "applications, cumulative_applications, share, rank, is_complete_year",
        by_level(rankings.province_year),
    ),
    "m05_growth": (
        "label_level, area, patent_type, years",
        "first_year, last_year, first_applications, last_applications, cagr, lowest_growth, mean_growth, "
        "is_small_base, reason",
        rankings.growth,
    ),
    "m07_tier": (
        "label_level, subject, rule, member",
        "applications, rank, tier, first_tier_members, boundary_ratio, is_unstable",
        by_level(rankings.tier),
    ),
    "m08_applicant_ranking": (
        "label_level, credit, unit, group_id",
        "applicant_type, country, applications, families, share, rank",
        by_level(rankings.applicant_ranking),
    ),
    "m09_overtaking": (
        "label_level, province_code",
        "overtaking_year, is_ahead_throughout, applications, other_applications, margin, cumulative_rank, "
        "other_cumulative_rank",
        by_level(rankings.overtaking),
    ),
    "m12_branch_structure": (
        "unit, tier, branch",
        "parent_branch, origin, applications, families, share, is_double_counted",
        rankings.branch_structure,
    ),
    "m17_applicant_branch": (
        "unit, period, group_id, branch",
        "group_rank, first_year, last_year, applications, families, row_share, column_share, is_complete_year",
        rankings.applicant_branch,
    ),
    "m18_focus_branch": (
        "branch",
        "applications, earlier_applications, share, earlier_share, lift, rank, is_focus, first_year, last_year, groups",
        rankings.focus_branch,
    ),
    "m19_breadth": (
        "group_id",
        "rank, covered_branches, touched_branches, branches, coverage, evenness, applications",
        rankings.breadth,
    ),
    "m33_city_share": (
        "label_level, city_code",
        "is_focus_city, applications, share, rank",
        by_level(rankings.city_share),
    ),
    "m34_city_enterprise_share": (
        "city_code",
        "is_focus_city, enterprises, share, rank",
        rankings.city_enterprise_share,
    ),
    "m35_district_by_vintage": (
        "boundary_vintage, population, label_level, district_code",
        "region_status, applications, enterprises, share, cumulative_share, rank",
        rankings.district_by_vintage,
    ),
    "m35_district_distribution": (
        "population, label_level, district_code",
        "boundary_vintage, region_status, applications, enterprises, share, cumulative_share, rank",
        rankings.district_distribution,
    ),
    "m40_chain_stage": (
        "area, chain_stage",
        "area_code, enterprises, products, share, rank",
        rankings.chain_stage,
    ),
    "m41_positioning": (
        "chain_stage",
        "enterprises, share, enterprises_everywhere, share_everywhere, location_quotient, rank, applications, rta, "
        "position, reason",
        rankings.positioning,
    ),
    "m42_leading_applicant": (
        "label_level, applicant_id",
        "group_id, applications, families, covered_branches, rank, is_leader",
        by_level(rankings.leading_applicant),
    ),
    "m56_coverage": ("label_level, aspect", "applications, applications_in_scope, share", by_level(rankings.coverage)),
    "m00_counted_family": (
        "label_level, family_id",
        "application_id, filing_year, applications, is_granted, priority_country, first_applicant_country, origin_country, "
        "origin_basis, offices, is_complete_year",
        by_level(counted_family),
    ),
    "m00_family_year": ("label_level, filing_year", "families, is_complete_year", family_year),
    "m39_cooperation_network": (
        "label_level, group_id",
        "partners, joint_families, partnerships, network, network_groups",
        by_level(cooperation_network),
    ),
    "m42_leading_enterprise": (
        "label_level, chain_stage, enterprise_id",
        "applications, families, covered_branches, rank, is_leader",
        by_level(rankings.leading_enterprise),
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
        "inventions, granted_inventions, grant_rate, closed_inventions, closed_grant_rate, is_censored, is_small_base, is_complete_year",
        with_completeness(grant_rate, 2),
    ),
    "m53_overseas": (
        "label_level, filing_year",
        "families, pct_families, overseas_families, unknown_families, pct_share, overseas_share, is_complete_year",
        overseas,
    ),
    "m59_completeness": (
        "office, filing_year",
        "applications, dated_applications, median_lag_days, expected_public_share, reason, is_complete_year",
        completeness,
    ),
    "m13_branch_growth": (
        "tier, branch, years",
        "first_year, last_year, first_applications, last_applications, cagr, lowest_growth, mean_growth, cagr_of_all, relative_growth, "
        "recent_applications, "
        "earlier_applications, recent_share, earlier_share, share_shift, is_small_base, reason",
        branch_growth,
    ),
    "m15_advantage": (
        "period, province_code, branch",
        "assignments, province_assignments, branch_assignments, rta, rpa, reason, is_complete_year",
        lambda world: {key: (*value, key[0] == "recent_3_years") for key, value in advantage(world).items()},
    ),
    "m20_maturity": (
        "branch, filing_year",
        "families, granted_families, applicants, persons, is_complete_year",
        with_completeness(maturity, 1, "all"),
    ),
    "m23_weak_branch": ("branch", "assignments, branch_assignments, share, rta, standing, reason", weak_branch),
    "m26_concentration": (
        "label_level, branch",
        "applications, credited_applications, applicants, cr4, cr8, cr10, hhi_0_to_1, hhi_0_to_10000, band",
        concentration,
    ),
    "m30_share_of_country": (
        "label_level, province_code",
        "is_focus_province, applications, applications_everywhere, share_of_country, share_of_cn_office, share_of_all",
        by_level(share_of_country),
    ),
    "m31_location_quotient": (
        "city_code, chain_stage",
        "enterprises, city_entries, enterprises_everywhere, location_quotient, reason",
        location_quotient,
    ),
    "m36_spatial_concentration": (
        "population, label_level",
        "places, known_share, top_share, hhi_0_to_1, equal_places",
        spatial_concentration,
    ),
    "m38_entrants": (
        "label_level, filing_year",
        "applications, applicants, entrants, entrant_share, applications_per_applicant, is_left_censored, is_complete_year",
        with_completeness(entrants, 1, "all"),
    ),
    "m39_co_application": (
        "label_level, filing_year",
        "families, unknown_families, joint_families, science_company_families, cross_province_families, joint_share, "
        "science_company_share, cross_province_share, is_complete_year",
        with_completeness(co_application, 1, "all"),
    ),
    "m43_supply_gap": (
        "chain_stage, product",
        "enterprises, enterprises_everywhere, share, share_of_entries, gap, candidates, reason",
        supply_gap,
    ),
    "m50_high_value": (
        "label_level, area, criterion",
        "inventions, yes_inventions, no_inventions, unknown_inventions, lowest_share, highest_share",
        high_value,
    ),
    "m54_label_precision": (
        "branch",
        "decisions, reviewed_labels, confirmed_labels, missed_labels, gold_labels, precision, lowest_precision, "
        "highest_precision, recall, lowest_recall, highest_recall, "
        "is_small_base, reason",
        label_precision,
    ),
    "m21_s_curve": (
        "branch, model",
        "years, first_year, last_year, cumulative_applications, limit_applications, saturation, inflection_year, "
        "growth_constant, years_10_to_90, r_squared, is_best, reason",
        s_curves,
    ),
    "m22_growth_coefficients": (
        "label_level, filing_year",
        "inventions, utility_models, designs, recent_inventions, growth_rate, maturity_coefficient, "
        "ageing_coefficient, novelty_coefficient, is_complete_year",
        with_completeness(growth_coefficients, 1, "cn_office"),
    ),
    "m25_fusion": ("branch, other_branch", "applications, either_applications, jaccard", fusion),
    "m28_inequality": (
        "label_level",
        "applicants, credited_applications, gini, entropy_bits",
        by_level(inequality),
    ),
}
