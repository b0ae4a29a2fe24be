"""Trends, rankings, structures and coverage once more in plain Python: what plain_metrics.py has not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from math import log

from tests.warehouse.plain_world import (
    AREAS,
    ISLANDS,
    LEVELS,
    World,
    nodes,
    provinces,
    share,
    tree,
    upto,
)
from tests.warehouse.world import HANGZHOU, ZHEJIANG

KINDS = ("all", "invention", "utility_model")
VINTAGES = {"as_exported": "district_code", "2020": "district_code_2020", "2023": "district_code_2023"}
STAGES = ("upstream", "midstream", "downstream", "user", "unknown")


def ranked(numbers: dict) -> dict:
    return {name: 1 + sum(other > number for other in numbers.values()) for name, number in numbers.items()}


def place_kind(row: dict) -> str:
    if row["province_code"] is None:
        return "unknown" if row["province"] is None else "abroad_or_unresolved"
    return "hk_mo_tw" if row["province_code"] in ISLANDS else "mainland"


def area(world: World) -> dict:
    codes = dict(zip(AREAS, (None, "CN", ZHEJIANG), strict=True))
    return {(each,): (codes[each], world.area_cut_off(each), world.area_year(each)) for each in AREAS}


def counted_application(world: World, level: str) -> dict:
    return {
        (row["application_id"],): (
            row["family_id"],
            row["office"],
            row["patent_type"],
            row["filing_year"],
            place_kind(row),
            row["province_code"],
            row["city_code"],
            row["district_code"],
            upto(row["filing_year"], world.build["last_complete_year"]),
        )
        for row in world.of(level)
    }


def level_of_statements(world: World) -> dict:
    core, every = len(world.of("core")), len(world.of("all"))
    return {("core",): (core,)} if core and core * 100 >= every else {("all",): (every,)}


# ── trend and growth ─────────────────────────────────────────────────────────────────────────────────────────────


def span(world: World) -> list[int]:
    """Every year from the first filing to the last, or to the last complete year of any area."""
    filed = [row["filing_year"] for row in world.of("all") if row["filing_year"]]
    complete = [world.area_year(each) or 0 for each in AREAS]
    return list(range(min(filed), max(filed + complete) + 1)) if filed else []


def yearly(world: World, level: str, where: str, kind: str) -> dict[int, int]:
    rows = [row for row in world.of(level, where) if kind in ("all", row["patent_type"])]
    numbers = Counter(row["filing_year"] for row in rows)
    return {year: numbers[year] for year in span(world)}


def filing_trend(world: World) -> dict:
    found = {}
    for level in LEVELS:
        for where in AREAS:
            last = world.area_year(where)
            for kind in KINDS:
                so_far, before = 0, None
                for year, number in yearly(world, level, where, kind).items():
                    so_far += number
                    is_complete = upto(year, last)
                    growth = (number - before) / before if is_complete and before else None
                    found[level, where, kind, year] = (number, so_far, growth, is_complete)
                    before = number
    return found


def growth(world: World) -> dict:
    found = {}
    for level in LEVELS:
        for where in AREAS:
            for kind in KINDS:
                numbers = yearly(world, level, where, kind)
                for k in (1, 3, 4, 5) if numbers else ():
                    found[level, where, kind, k] = _window(numbers, world.area_year(where), k)
    return found


def _window(numbers: dict[int, int], last: int | None, k: int) -> tuple:
    if last is None:
        return (None, None, None, None, None, None, None, True, "no_complete_year")
    window = [numbers.get(year) for year in range(last - k, last + 1)]
    known = [number for number in window if number is not None]
    told = (last - k, last, window[0], known[-1] if known else None)
    is_small = not known or min(known) < 30
    if None in window:
        return (*told, None, None, None, is_small, "window_before_data")
    cagr = (window[-1] / window[0]) ** (1 / k) - 1 if window[0] else None
    lowest = mean = None
    if 0 not in window[:-1]:
        steps = [after / before - 1 for before, after in zip(window, window[1:], strict=False)]
        lowest, mean = min(steps), sum(steps) / k
    reason = "starts_at_zero" if not window[0] else "empty_year" if lowest is None else None
    return (*told, cagr, lowest, mean, is_small, reason)


# ── rankings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def office_ranking(world: World, level: str) -> dict:
    offices = {row["office"]: row for row in world.rows["core.office"]}
    numbers = Counter(row["office"] for row in world.of(level))
    national = {office: number for office, number in numbers.items() if offices[office]["is_national"]}
    ranks = ranked(national)
    return {
        (office,): (
            offices[office]["is_ip5"],
            offices[office]["is_national"],
            number,
            share(number, sum(national.values())) if office in national else None,
            ranks.get(office),
        )
        for office, number in numbers.items()
    }


def _places(world: World) -> list[tuple[str, str | None]]:
    codes = [row["region_code"] for row in world.rows["core.region"] if row["region_level"] == "province"]
    named = [("hk_mo_tw" if code in ISLANDS else "mainland", code) for code in codes]
    return [*named, ("abroad_or_unresolved", None), ("unknown", None)]


def _by_place(world: World, rows: Iterable[dict]) -> dict[tuple[str, str | None], tuple]:
    """Number, share and rank of every place."""
    found = Counter((place_kind(row), row["province_code"]) for row in rows)
    mainland = {place: found[place] for place in _places(world) if place[0] == "mainland"}
    ranks = ranked(mainland) if any(mainland.values()) else {}
    return {place: (found[place], share(found[place], found.total()), ranks.get(place)) for place in _places(world)}


def province_ranking(world: World, level: str) -> dict:
    return _by_place(world, world.of(level, "cn_office"))


def province_year(world: World, level: str) -> dict:
    rows = world.of(level, "cn_office")
    so_far, found = Counter(), {}
    for year in span(world):
        of_year = _by_place(world, [row for row in rows if row["filing_year"] == year])
        for place, (number, part, rank) in of_year.items():
            so_far[place] += number
            is_complete = upto(year, world.area_year("cn_office"))
            found[*place, year] = (number, so_far[place], part, rank, is_complete)
    return found


def tier(world: World, level: str) -> dict:
    offices = {key[0]: value[2] for key, value in office_ranking(world, level).items() if value[4]}
    provinces_of = {key[1]: value[0] for key, value in province_ranking(world, level).items() if value[2]}
    found = {}
    for subject, numbers, places in (("office", offices, 8), ("province", provinces_of, 10)):
        numbers = {member: number for member, number in numbers.items() if number}
        ordered = sorted(numbers, key=lambda member: (-numbers[member], member))
        held = [numbers[member] for member in ordered]
        ratios = [one / other for one, other in zip(held, held[1:], strict=False)]
        for rule, last in (("largest_gap", _largest_gap(ratios[:places])), ("share_80", _share_80(held))):
            ratio = ratios[last - 1] if last and last <= len(ratios) else None
            for place, member in enumerate(ordered, start=1):
                found[subject, rule, member] = (
                    numbers[member],
                    ranked(numbers)[member],
                    None if last is None else 1 if place <= last else 2,
                    last,
                    ratio,
                    None if ratio is None else ratio < 1.15,
                )
    return found


def _largest_gap(ratios: list[float]) -> int | None:
    widest = max(ratios, default=1)
    return ratios.index(widest) + 1 if widest > 1 else None


def _share_80(held: list[int]) -> int | None:
    for place in range(1, len(held) + 1):
        is_parting_equals = place < len(held) and held[place - 1] == held[place]
        if sum(held[:place]) / sum(held) >= 0.8 and not is_parting_equals:
            return place
    return None


def applicant_ranking(world: World, level: str) -> dict:
    rows = world.of(level)
    whole = len(rows), len({row["family_id"] for row in rows})
    found = {}
    for credit in ("first", "whole"):
        members = defaultdict(list)
        for row in rows:
            groups = [owner["group_id"] for owner in world.owners[row["application_id"]]]
            for group in {*groups[:1]} if credit == "first" else {*groups} or {None}:
                members[group].append(row)
            if not groups and credit == "first":
                members[None].append(row)
        sizes = {group: _sizes(each) for group, each in members.items()}
        for at, unit in enumerate(("application", "family")):
            ranks = ranked({group: size[at] for group, size in sizes.items() if group is not None})
            for group, size in sizes.items():
                of_group = world.applicants.get(group, {})
                told = of_group.get("applicant_type"), of_group.get("country")
                found[credit, unit, group] = (*told, *size, share(size[at], whole[at]), ranks.get(group))
    return found


def _sizes(rows: Iterable[dict]) -> tuple[int, int]:
    """(applications, families)"""
    rows = list(rows)
    return len(rows), len({row["family_id"] for row in rows})


def overtaking(world: World, level: str) -> dict:
    by_year = province_year(world, level)
    ranks = {code: value[2] for (_, code), value in province_ranking(world, level).items()}
    last = world.area_year("cn_office")
    complete = [year for year in span(world) if upto(year, last)]
    found = {}
    for other in provinces(world):
        if other == ZHEJIANG or not complete:
            continue
        pairs = {year: tuple(by_year["mainland", code, year][0] for code in (ZHEJIANG, other)) for year in complete}
        behind = [year for year, (ours, theirs) in pairs.items() if ours <= theirs]
        since = complete[0] if not behind else behind[-1] + 1 if behind[-1] < last else None
        active = [ours > theirs for ours, theirs in pairs.values() if ours + theirs]
        ours, theirs = pairs[complete[-1]]
        told = (all(active) if active else None, ours, theirs, ours - theirs, ranks[ZHEJIANG], ranks[other])
        found[(other,)] = (since, *told)
    return found


# ── branches and applicants ──────────────────────────────────────────────────────────────────────────────────────


def branch_structure(world: World) -> dict:
    rows = world.of("core")
    whole = _sizes(rows)
    above = {row["tier2"]: row["tier1"] for row in world.rows["core.branch"]}
    above |= {row["branch"]: row["tier2"] for row in world.rows["core.branch"]}
    origin = {
        row[node]: row[column]
        for row in world.rows["core.branch"]
        for node, column in (("tier1", "tier1_origin"), ("tier2", "tier2_origin"), ("branch", "origin"))
    }
    sizes = {
        (tier_of, node): _sizes(row for row in rows if world.branches[row["application_id"]] & branches)
        for tier_of, node, branches in nodes(world)
    }
    found = {}
    for at, unit in enumerate(("application", "family")):
        for (tier_of, node), size in sizes.items():
            together = sum(each[at] for (other, _), each in sizes.items() if other == tier_of)
            found[unit, tier_of, node] = (
                above.get(node),
                origin[node],
                *size,
                share(size[at], whole[at]),
                together > whole[at],
            )
    return found


def _periods(world: World) -> dict[str, tuple[int | None, int | None]]:
    last = world.build["last_complete_year"]
    recent = {"recent_3_years": (last - 2, last), "earlier_years": (None, last - 3)} if last else {}
    return {"all_years": (None, None)} | recent


def _of_period(world: World, period: tuple[int | None, int | None]) -> list[dict]:
    first, last = period
    return [
        row
        for row in world.of("core")
        if last is None or (row["filing_year"] is not None and (first or 0) <= row["filing_year"] <= last)
    ]


def applicant_branch(world: World) -> dict:
    leading = {
        (unit, group): value[5]
        for (credit, unit, group), value in applicant_ranking(world, "core").items()
        if credit == "first" and value[5] and value[5] <= 20
    }
    found = {}
    for period, bounds in _periods(world).items():
        rows = _of_period(world, bounds)
        for branch in tree(world):
            of_branch = [row for row in rows if branch in world.branches[row["application_id"]]]
            for (unit, group), rank in leading.items():
                at = ("application", "family").index(unit)
                cell = _sizes(row for row in of_branch if world.first_group(row) == group)
                of_group = _sizes(row for row in rows if world.first_group(row) == group)
                shares = share(cell[at], of_group[at]), share(cell[at], _sizes(of_branch)[at])
                found[unit, period, group, branch] = (rank, *bounds, *cell, *shares, period != "all_years")
    return found


def focus_branch(world: World) -> dict:
    cells = {key[1:]: value for key, value in applicant_branch(world).items() if key[0] == "application"}
    leading = {group: value[0] for (_, group, _), value in cells.items() if value[0] <= 5}
    named = {group: world.applicants[group]["applicant_name"] for group in leading}
    groups = sorted(
        named.values(), key=lambda name: next((leading[group], name) for group in named if named[group] == name)
    )
    periods = _periods(world)
    if not leading or len(periods) == 1:
        return {}
    recent, earlier = (
        {branch: sum(cells[period, group, branch][3] for group in leading) for branch in tree(world)}
        for period in ("recent_3_years", "earlier_years")
    )
    ranks = ranked(recent)
    found = {}
    for branch in tree(world):
        now, before = share(recent[branch], sum(recent.values())), share(earlier[branch], sum(earlier.values()))
        is_focus = now is not None and now * len(recent) >= 1 and recent[branch] >= 5 and now > (before or 0)
        told = now, before, share(now, before), ranks[branch], is_focus
        found[(branch,)] = (recent[branch], earlier[branch], *told, *periods["recent_3_years"], groups)
    return found


def breadth(world: World) -> dict:
    held = defaultdict(dict)
    for (unit, period, group, branch), value in applicant_branch(world).items():
        if (unit, period) == ("application", "all_years"):
            held[group, value[0]][branch] = value[3]
    found = {}
    for (group, rank), numbers in held.items():
        parts = [number / sum(numbers.values()) for number in numbers.values() if number]
        evenness = -sum(part * log(part) for part in parts) / log(len(numbers)) if parts else None
        covered, touched = (sum(number >= k for number in numbers.values()) for k in (3, 1))
        found[(group,)] = (
            rank,
            covered,
            touched,
            len(numbers),
            share(covered, len(numbers)),
            evenness,
            sum(numbers.values()),
        )
    return found


# ── cities, districts, stages ────────────────────────────────────────────────────────────────────────────────────


def _with_ranks(numbers: dict) -> dict[object, tuple]:
    """Number, share and rank of every place; the unknown one stands in the denominator, without rank."""
    known = {place: number for place, number in numbers.items() if place is not None}
    ranks = ranked(known) if any(known.values()) else {}
    whole = sum(numbers.values())
    return {place: (number, share(number, whole), ranks.get(place)) for place, number in numbers.items()}


def _cities(world: World, held: Iterable[str | None]) -> dict[str | None, int]:
    numbers = Counter(held)
    known = [
        row["region_code"]
        for row in world.rows["core.region"]
        if row["parent_code"] == ZHEJIANG and row["region_level"] == "city" and row["region_status"] == "current"
    ]
    return {city: numbers[city] for city in [*known, *numbers, None]}


def city_share(world: World, level: str) -> dict:
    cities = _cities(world, (row["city_code"] for row in world.of(level, "focus_province")))
    return {(city,): (city == HANGZHOU, *told) for city, told in _with_ranks(cities).items()}


def city_enterprise_share(world: World) -> dict:
    here = [row for row in world.rows["core.enterprise"] if row["province_code"] == ZHEJIANG]
    cities = _cities(world, (row["city_code"] for row in here))
    return {(city,): (city == HANGZHOU, *told) for city, told in _with_ranks(cities).items()}


def district_by_vintage(world: World) -> dict:
    located = {
        ("applications", level): [row for row in world.of(level, "cn_office") if row["city_code"] == HANGZHOU]
        for level in LEVELS
    }
    located["enterprises", "all"] = [
        row for row in world.rows["core.enterprise"] if (row["province_code"], row["city_code"]) == (ZHEJIANG, HANGZHOU)
    ]
    regions = {row["region_code"]: row for row in world.rows["core.region"]}
    found = {}
    for vintage, column in VINTAGES.items():
        spine = {
            code for code, row in regions.items()
            if row["parent_code"] == HANGZHOU and row["region_level"] == "district" and _stands(row, vintage)
        }  # fmt: skip
        spine |= {row.get(column) for rows in located.values() for row in rows} | {None}
        for (population, level), rows in located.items():
            numbers = Counter(row.get(column) for row in rows)
            for code, (number, part, rank) in _with_ranks({code: numbers[code] for code in spine}).items():
                ahead = sum(other for at, other in numbers.items() if at is not None and other >= number)
                counted = (number, None) if population == "applications" else (None, number)
                status = regions[code]["region_status"] if code in regions else None
                cumulative = share(ahead, len(rows)) if code is not None else None
                found[vintage, population, level, code] = (status, *counted, part, cumulative, rank)
    return found


def _stands(region: dict, vintage: str) -> bool:
    return region["region_status"] == "current" if vintage == "as_exported" else region[f"is_in_{vintage}"]


def district_distribution(world: World) -> dict:
    found = district_by_vintage(world)
    return {key[1:]: (key[0], *value) for key, value in found.items() if key[0] == "as_exported"}


def chain_stage(world: World) -> dict:
    register = world.rows["core.enterprise"]
    here = [row for row in register if row["province_code"] == ZHEJIANG]
    areas = {
        "all": (None, register),
        "focus_province": (ZHEJIANG, here),
        "focus_city": (HANGZHOU, [row for row in here if row["city_code"] == HANGZHOU]),
    }
    entries = defaultdict(list)
    for row in world.rows["core.enterprise_stage"]:
        entries[row["enterprise_id"]].append((row["chain_stage"], row["product"]))
    found = {}
    for name, (code, rows) in areas.items():
        seated = {stage: set() for stage in STAGES}
        products = {stage: set() for stage in STAGES}
        for row in rows:
            for stage, product in entries[row["enterprise_id"]] or [("unknown", "")]:
                seated[stage].add(row["enterprise_id"])
                products[stage] |= {product} - {""}
        numbers = {stage: len(each) for stage, each in seated.items()}
        ranks = ranked({stage: number for stage, number in numbers.items() if stage != "unknown"})
        for stage, number in numbers.items():
            told = number, len(products[stage]), share(number, sum(numbers.values())), ranks.get(stage)
            found[name, stage] = (code, *told)
    return found


def positioning(world: World) -> dict:
    stages = STAGES[:3]
    entries = chain_stage(world)
    here, everywhere = (
        {stage: entries[name, stage] for stage in STAGES if stage != "unknown"} for name in ("focus_province", "all")
    )
    entered, entered_everywhere = (sum(value[1] for value in each.values()) for each in (here, everywhere))
    is_judged = entered >= 10 and entered_everywhere - entered >= 10
    assigned, ours = Counter(), Counter()
    of_branch = defaultdict(set)
    for node in world.rows["core.chain_node"]:
        for branch in node["branches"]:
            of_branch[branch].add(node["chain_stage"])
    for row in world.of("core", "cn_office"):
        if place_kind(row) == "mainland":
            for branch in world.branches[row["application_id"]]:
                for stage in of_branch[branch]:
                    assigned[stage] += 1
                    ours[stage] += row["province_code"] == ZHEJIANG
    found = {}
    for stage in stages:
        shares = share(here[stage][1], entered), share(everywhere[stage][1], entered_everywhere)
        quotient = share(*shares)
        rta = None
        if assigned[stage] and sum(ours[each] for each in stages):
            rta = (ours[stage] / sum(ours[each] for each in stages)) / (
                assigned[stage] / sum(assigned[each] for each in stages)
            )
        found[(stage,)] = (
            here[stage][1],
            shares[0],
            everywhere[stage][1],
            shares[1],
            quotient,
            here[stage][4],
            ours[stage],
            rta,
            _position(quotient) if is_judged and quotient is not None else None,
            "register_too_small" if not is_judged else "empty_stage" if quotient is None else None,
        )
    return found


def _position(quotient: float) -> str:
    return "strong" if quotient >= 1.05 else "weak" if quotient <= 0.95 else "even"


def leading_applicant(world: World, level: str) -> dict:
    filed = defaultdict(list)
    for row in world.of(level, "focus_province"):
        owners = world.owners[row["application_id"]]
        if owners and owners[0]["applicant_type"] == "company":
            filed[owners[0]["applicant_id"]].append(row)
    ranks = ranked({name: len(rows) for name, rows in filed.items()})
    found = {}
    for name, rows in filed.items():
        branches = Counter(branch for row in rows for branch in world.branches[row["application_id"]])
        covered = sum(number >= 3 for number in branches.values())
        group = world.applicants[name]["group_id"]
        found[(name,)] = (group, *_sizes(rows), covered, ranks[name], ranks[name] <= 5)
    return found


def leading_enterprise(world: World, level: str) -> dict:
    stages = defaultdict(set)
    for row in world.rows["core.enterprise_stage"]:
        stages[row["enterprise_id"]].add(row["chain_stage"])
    known_as = defaultdict(set)
    for row in world.rows["core.enterprise_applicant"]:
        known_as[row["enterprise_id"]].add(row["applicant_id"])
    held = {}
    for row in world.rows["core.enterprise"]:
        if row["province_code"] == ZHEJIANG:
            filed = [
                each
                for each in world.of(level, "cn_office")
                if {owner["applicant_id"] for owner in world.owners[each["application_id"]][:1]}
                & known_as[row["enterprise_id"]]
            ]
            branches = Counter(branch for each in filed for branch in world.branches[each["application_id"]])
            covered = sum(number >= 3 for number in branches.values())
            for stage in stages[row["enterprise_id"]] or {"unknown"}:
                held[stage, row["enterprise_id"]] = (*_sizes(filed), covered)
    found = {}
    for (stage, enterprise), told in held.items():
        ahead = sum(other[0] > told[0] for (at, _), other in held.items() if at == stage)
        rank = 1 + ahead if told[0] else None
        found[stage, enterprise] = (*told, rank, bool(rank and rank <= 5 and stage != "unknown"))
    return found


# ── coverage ─────────────────────────────────────────────────────────────────────────────────────────────────────


def coverage(world: World, level: str) -> dict:
    rows = world.of(level)
    labels = Counter(row["application_id"] for row in world.rows["core.application_branch"])
    symbols = {row["application_id"] for row in world.rows["core.application_symbol"]}
    alone = {row["family_id"] for row in world.rows["core.family"] if row["family_definition"] == "single_application"}
    every_type = [
        row for row in world.rows["core.application"] if level == "all" or world.branches[row["application_id"]]
    ]

    def of(holds: Callable[[dict], object], scope: list[dict] = rows) -> tuple[int, int]:
        return sum(bool(holds(row)) for row in scope), len(scope)

    at_office = world.of(level, "cn_office")
    found = {
        "counted_patent_type": of(lambda row: row["patent_type"] != "design", every_type),
        "filing_date": of(lambda row: row["filing_date"]),
        "filing_year": of(lambda row: row["filing_year"]),
        "application_number": of(lambda row: row["application_id_basis"] == "application_number"),
        "title": of(lambda row: row["title"]),
        "applicant": of(lambda row: world.owners[row["application_id"]]),
        "applicant_as_filed": of(lambda row: row["applicant_basis"] == "applicants"),
        "place": of(lambda row: row["province"] or row["province_code"]),
        "province_at_cn_office": of(lambda row: row["province_code"], at_office),
        "city_at_cn_office": of(lambda row: row["city_code"], at_office),
        "district_at_cn_office": of(lambda row: row["district_code"], at_office),
        "legal_status": of(lambda row: row["legal_status"] not in (None, "unknown")),
        "symbol": of(lambda row: row["application_id"] in symbols),
        "family_evidence": of(lambda row: row["family_id"] not in alone),
        "label": of(lambda row: labels[row["application_id"]]),
        "core_label": of(lambda row: world.branches[row["application_id"]]),
        "several_core_labels": of(lambda row: len(world.branches[row["application_id"]]) > 1),
    }
    return {(aspect,): (*told, share(*told)) for aspect, told in found.items()}
