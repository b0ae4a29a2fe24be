"""The synthetic world: families of filings at eleven offices, dealt out by quota so that the seed's claims hold.

All claims hold by count from 3,000 applications on (tested at 3,000, 5,000 and 20,000). Below that whole numbers blur
the finer ones (75 %, the breadth of the key applicants); offices and yearly growth hold down to 300.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import fsum
from random import Random

from flows.sample import calibration as plan
from flows.sample.applicants import Applicant, SyntheticRegister, named_applicants, places
from flows.sample.numbers import ApplicationNumber, NumberMint, PublicationNumber
from flows.sample.quotas import apportion, deal, draw
from flows.sample.subjects import Phrases, Subject, Text, compose, load_subjects

FIRST_KIND = {"US": "A1", "EP": "A1", "DE": "A1", "CA": "A1", "AU": "A1", "WO": "A1"}
GRANT_KIND = {"CN": "B", "US": "B2", "JP": "B2", "KR": "B1", "EP": "B1", "TW": "B", "DE": "B4", "IN": "B",
              "CA": "C", "AU": "B2"}  # fmt: skip


@dataclass(frozen=True)
class Publication:
    number: PublicationNumber
    date: date
    is_grant: bool


@dataclass
class Filing:
    """One application. `role` is branch, noise (a neighbouring field) or title_only (known to one tool, no codes)."""

    office: str
    year: int
    role: str
    family: Family
    is_first: bool
    is_utility: bool = False
    filing_date: date = date.min
    number: ApplicationNumber | None = None
    publications: list[Publication] = field(default_factory=list)
    legal_status: str = ""

    @property
    def applicants(self) -> tuple[Applicant, ...]:
        return self.family.applicants

    @property
    def branches(self) -> tuple[str, ...]:
        return self.family.branches if self.role == "branch" else ()

    @property
    def place(self) -> tuple[str, str, str]:
        """Province, city and district of the first applicant on the filing date."""
        first = self.applicants[0]
        return first.province, first.city, first.district_on(self.filing_date)


@dataclass
class Family:
    """Filings of one invention: the first one sets applicants, subject and priority date."""

    region: str
    applicants: tuple[Applicant, ...]
    branches: tuple[str, ...] = ()
    filings: list[Filing] = field(default_factory=list)
    inventors: tuple[int, ...] = ()
    text: Text | None = None

    @property
    def first(self) -> Filing:
        return self.filings[0]


@dataclass(frozen=True)
class World:
    """All filings in number order with their families; every publication is on or before `plan.CUT_OFF`."""

    seed: int
    filings: tuple[Filing, ...]
    families: tuple[Family, ...]

    @property
    def publications(self) -> int:
        return sum(len(filing.publications) for filing in self.filings)


def build_world(applications: int = 5000, seed: int = 2023) -> World:
    """The world of `applications` filings; the same arguments give the same world."""
    rng = Random(seed)
    branches, neighbours, phrases = load_subjects()
    roster = Roster(rng, list(branches))
    slots = _office_slots(applications)
    families = _first_filings(slots, roster, rng)
    _assign_branches(families, branches, rng)
    _assign_utility(families, slots, branches, rng)
    _date_first_filings(families, rng)
    families += _enter_abroad(slots, families, branches, roster, rng)
    _add_co_applicants(families, roster, rng)
    _write_texts(families, branches, neighbours, phrases, applications, rng)
    filings = _number_and_publish(families, rng)
    return World(seed, tuple(filings), tuple(families))


# --- how many filings, where and when -------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfficeSlots:
    """Filings per year of one office: those that begin a family there (by role) and those that enter from abroad."""

    at_home: dict[int, int]
    from_abroad: dict[int, int]
    noise: dict[int, int]
    title_only: dict[int, int]


def _office_slots(applications: int) -> dict[str, OfficeSlots]:
    return {office: _slots_of(office, total) for office, total in apportion(plan.OFFICE_SHARE, applications).items()}


def _slots_of(office: str, total: int) -> OfficeSlots:
    noise = round(total * plan.NOISE_SHARE)
    title_only = round(total * plan.TITLE_ONLY_SHARE.get(office, 0.0))
    in_branches = total - noise - title_only
    home_years = plan.year_weights(office, plan.VISIBLE_AT_HOME.get(office, plan.VISIBLE_ELSEWHERE))
    abroad_years = plan.year_weights(office, plan.VISIBLE_FROM_ABROAD)
    at_home = round(in_branches * plan.DOMESTIC_SHARE[office])
    home, abroad = apportion(home_years, at_home), apportion(abroad_years, in_branches - at_home)
    if office == "CN":
        home = _keep_growth(home, abroad)
    return OfficeSlots(home, abroad, apportion(home_years, noise), apportion(home_years, title_only))


def _keep_growth(home: dict[int, int], abroad: dict[int, int]) -> dict[int, int]:
    """Move filings from old years into 2019-2022 where rounding broke the claimed growth."""
    home = dict(home)
    for year in plan.CN_RECENT_GROWTH:
        before, now = home[year - 1] + abroad[year - 1], home[year] + abroad[year]
        missing = max(0, int(before * plan.CN_CLAIMED_GROWTH) + 1 - now)
        for donor in (2023, *range(2017, plan.FIRST_YEAR - 1, -1)):
            given = min(missing, home[donor])
            home[donor], home[year], missing = home[donor] - given, home[year] + given, missing - given
    return home


# --- who files ------------------------------------------------------------------------------------------------------


class Roster:
    """The applicants of each region or Chinese place, real ones by weight and synthetic ones for the rest."""

    SYNTHETIC_FILINGS = 3  # about so many filings per synthetic applicant

    def __init__(self, rng: Random, branches: list[str]) -> None:
        self.rng = rng
        self.register = SyntheticRegister(rng, branches)
        self.places = places()
        self.by_home: dict[str, list[Applicant]] = defaultdict(list)
        for applicant in named_applicants():
            region = {"GB": "EU", "DE": "EU"}.get(applicant.country, applicant.country)
            self.by_home[region].append(applicant)
        self.pools: dict[str, dict[Applicant, float]] = {}

    def pool(self, region: str, filings: int) -> dict[Applicant, float]:
        """Applicant -> weight of a region outside China; made on first use for about `filings` filings."""
        if region not in self.pools:
            self.pools[region] = self._filled(self.by_home[region], filings, lambda: self.register.foreign(region))
        return self.pools[region]

    def chinese_pool(self, place: tuple[str, str | None, str | None], filings: int) -> dict[Applicant, float]:
        """Applicant -> weight of a province, or of one city or district of it where `place` says so."""
        key = "/".join(part if part is not None else "*" for part in place)
        if key not in self.pools:
            province, city, district = place
            real = [
                applicant
                for applicant in self.by_home["CN"]
                if applicant.province == province
                and (city is None or applicant.city == city)
                and (district is None or applicant.district == district)
            ]
            self.pools[key] = self._filled(real, filings, lambda: self._synthetic_at(province, city, district))
        return self.pools[key]

    def _synthetic_at(self, province: str, city: str | None, district: str | None) -> Applicant:
        cities = self.places[province]
        city = city or self.rng.choice(list(cities))
        district = self.rng.choice(cities[city]) if district is None else district
        return self.register.chinese(province, city, district)

    def _filled(self, real: list[Applicant], filings: int, make) -> dict[Applicant, float]:
        weights = {applicant: applicant.weight for applicant in real}
        rest = 1.0 - fsum(weights.values())
        if rest > 0.001:
            wanted = max(1, round(filings * rest / self.SYNTHETIC_FILINGS))
            weights |= {make(): rest / wanted for _ in range(wanted)}
        return weights


def _first_filings(slots: dict[str, OfficeSlots], roster: Roster, rng: Random) -> list[Family]:
    families: list[Family] = []
    for office, counts in slots.items():
        if office == "CN":
            families += _chinese_families(counts.at_home, "branch", roster, rng)
            families += _chinese_families(counts.noise, "noise", roster, rng)
        else:
            families += _families_elsewhere(office, counts, roster, rng)
    return families


def _begin(region: str, applicant: Applicant, office: str, year: int, role: str) -> Family:
    family = Family(region, (applicant,))
    family.filings.append(Filing(office, year, role, family, is_first=True))
    return family


def _families_elsewhere(office: str, counts: OfficeSlots, roster: Roster, rng: Random) -> list[Family]:
    families = []
    for role, years in (("branch", counts.at_home), ("noise", counts.noise), ("title_only", counts.title_only)):
        filed = [year for year, count in years.items() for _ in range(count)]
        # The PCT has no applicants of its own: what begins there is American.
        region = plan.HOME_REGION.get(office, "US")
        pool = roster.pool(region, len(filed))
        if role == "title_only":
            pool = {applicant: weight for applicant, weight in pool.items() if not applicant.is_key}
        applicants = deal(pool, len(filed), rng)
        families += [
            _begin(region, applicant, office, year, role) for applicant, year in zip(applicants, filed, strict=True)
        ]
    return families


def _chinese_families(years: dict[int, int], role: str, roster: Roster, rng: Random) -> list[Family]:
    by_place: dict[tuple, list[int]] = defaultdict(list)
    for year, provinces in _provinces_by_year(years).items():
        for province, count in provinces.items():
            by_place[(province, None, None)] += [year] * count
    zhejiang = by_place.pop((plan.OVERTAKER, None, None), [])
    by_place |= _zhejiang_places(zhejiang, rng)
    families = []
    for place, filed in by_place.items():
        applicants = deal(roster.chinese_pool(place, len(filed)), len(filed), rng)
        families += [
            _begin("CN", applicant, "CN", year, role) for applicant, year in zip(applicants, filed, strict=True)
        ]
    return families


def _provinces_by_year(years: dict[int, int]) -> dict[int, dict[str, int]]:
    """Provinces per year by share; what rounding leaves over is carried into the next year."""
    result, owed = {}, dict.fromkeys(plan.PROVINCE_SHARE, 0.0)
    for year, total in years.items():
        shares = plan.PROVINCE_SHARE if year < plan.OVERTAKING_YEAR else plan.PROVINCE_SHARE_SINCE_OVERTAKING
        whole = fsum(shares.values())
        due = {province: total * share / whole + owed[province] for province, share in shares.items()}
        counts = apportion({province: max(0.0, value) for province, value in due.items()}, total)
        # Only rounding is carried on: carrying what _keep_order moves would make it move more every year.
        owed = {province: due[province] - counts[province] for province in due}
        result[year] = _keep_order(counts, year)
    return result


def _keep_order(counts: dict[str, int], year: int) -> dict[str, int]:
    """Zhejiang above Shanghai from the overtaking year on and never before, whatever rounding did."""
    counts = dict(counts)
    leader, overtaker = plan.LEADER, plan.OVERTAKER
    if year < plan.OVERTAKING_YEAR:
        if counts[overtaker] > counts[leader]:
            counts[overtaker], counts[leader] = counts[leader], counts[overtaker]
        return counts
    while counts[overtaker] <= counts[leader]:
        donor = leader if counts[leader] else max(counts, key=lambda province: counts[province])
        if counts[donor] == 0:
            break
        counts[donor], counts[overtaker] = counts[donor] - 1, counts[overtaker] + 1
    return counts


def _zhejiang_places(filed: list[int], rng: Random) -> dict[tuple, list[int]]:
    by_place: dict[tuple, list[int]] = defaultdict(list)
    cities = deal(plan.ZHEJIANG_CITY_SHARE, len(filed), rng)
    districts = iter(deal(plan.HANGZHOU_DISTRICT_SHARE, cities.count("杭州"), rng))
    for year, city in zip(filed, cities, strict=True):
        district = next(districts) if city == "杭州" else None
        by_place[(plan.OVERTAKER, city, district)].append(year)
    return by_place


# --- what it is about -----------------------------------------------------------------------------------------------


def _assign_branches(families: list[Family], branches: dict[str, Subject], rng: Random) -> None:
    """Give every in-branch family one branch; the key applicants by quota (S8), the others by their fields."""
    in_branches = [family for family in families if family.first.role != "noise"]
    key = [family for family in in_branches if family.applicants[0].is_key]
    _assign_key_branches(key, list(branches), rng)
    general = {name: subject.weight for name, subject in branches.items()}
    for family in in_branches:
        if not family.branches:
            family.branches = (_branch_of(family.applicants[0], general, rng),)
    in_branches = [family for family in in_branches if family.first.role == "branch"]
    paired = [family for family in in_branches if family.branches[0] in plan.PARTNERS]
    for family in rng.sample(paired, min(len(paired), round(len(in_branches) * plan.TWO_BRANCH_SHARE))):
        family.branches += (rng.choice(plan.PARTNERS[family.branches[0]]),)


def _branch_of(applicant: Applicant, general: dict[str, float], rng: Random) -> str:
    if applicant.branches and rng.random() < plan.OWN_FIELD_SHARE:
        return rng.choice(applicant.branches)
    return rng.choices(list(general), list(general.values()))[0]


def _assign_key_branches(families: list[Family], branches: list[str], rng: Random) -> None:
    earlier_weights = {name: plan.EARLIER_FOCUS_WEIGHT if name in plan.FOCUS_BRANCHES else 1.0 for name in branches}
    focus = {name: 1.0 if name in plan.FOCUS_BRANCHES else plan.OTHER_BRANCH_WEIGHT for name in branches}
    earlier: dict[str, list[Family]] = defaultdict(list)
    for family in families:
        if family.first.year < plan.FOCUS_SINCE:
            earlier[family.applicants[0].group_id].append(family)
    recent = [family for family in families if family.first.year >= plan.FOCUS_SINCE]
    for group, weights in [*((group, earlier_weights) for group in earlier.values()), (recent, focus)]:
        for family, branch in zip(group, deal(weights, len(group), rng), strict=True):
            family.branches = (branch,)


def _assign_utility(
    families: list[Family], slots: dict[str, OfficeSlots], branches: dict[str, Subject], rng: Random
) -> None:
    """Make a quarter of each year's Chinese filings utility models, where the subject is a product."""
    by_year: dict[int, list[Family]] = defaultdict(list)
    for family in families:
        is_product = not family.branches or (len(family.branches) == 1 and branches[family.branches[0]].products)
        if family.first.office == "CN" and is_product:
            by_year[family.first.year].append(family)
    for year, candidates in by_year.items():
        share = plan.UTILITY_SHARE_VISIBLE.get(year, plan.UTILITY_SHARE)
        counts = slots["CN"]
        wanted = round(share * (counts.at_home[year] + counts.from_abroad[year] + counts.noise[year]))
        for family in rng.sample(candidates, min(wanted, len(candidates))):
            family.first.is_utility = True


# --- when -----------------------------------------------------------------------------------------------------------


def _months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, (date(year + month // 12, month % 12 + 1, 1) - timedelta(1)).day))


def _day_between(first: date, last: date, rng: Random) -> date:
    return first + timedelta(rng.randint(0, max(0, (last - first).days)))


def _date_first_filings(families: list[Family], rng: Random) -> None:
    for family in families:
        _date_first(family.first, rng)


def _date_first(filing: Filing, rng: Random) -> None:
    """Draw a filing date and the first publication, so that the publication is visible at the cut-off."""
    opening = max(date(filing.year, 1, 1), plan.FIRST_CN_DAY) if filing.office == "CN" else date(filing.year, 1, 1)
    lag = _early_lag(filing, rng)
    if lag is None:
        filing.filing_date = _day_between(opening, date(filing.year, 12, 31), rng)
        due = _months_later(filing.filing_date, 18) + timedelta(rng.randint(0, 20))
        _publish(filing, min(due, plan.CUT_OFF))
        return
    closing = min(date(filing.year, 12, 31), plan.CUT_OFF - timedelta(lag))
    filing.filing_date = _day_between(opening, max(opening, closing), rng)
    _publish(filing, filing.filing_date + timedelta(lag))


def _early_lag(filing: Filing, rng: Random) -> int | None:
    """Days from filing to first publication where it does not wait 18 months, else None."""
    if filing.year == plan.LAST_YEAR:
        return rng.randint(90, 150)
    if filing.is_utility:
        return rng.randint(180, 300)
    is_late = filing.year > plan.LAST_COMPLETE_YEAR
    is_early = filing.office == "CN" and rng.random() < plan.EARLY_PUBLICATION_SHARE
    return rng.randint(100, 280) if is_late or is_early else None


def _publish(filing: Filing, day: date) -> None:
    kind = "U" if filing.is_utility else FIRST_KIND.get(filing.office, "A")
    filing.publications.append(Publication(PublicationNumber(filing.office, "", kind), day, filing.is_utility))


# --- abroad ---------------------------------------------------------------------------------------------------------


def _enter_abroad(
    slots: dict[str, OfficeSlots],
    families: list[Family],
    branches: dict[str, Subject],
    roster: Roster,
    rng: Random,
) -> list[Family]:
    """Let families enter offices abroad within the priority year; returns those begun there for want of one."""
    by_origin: dict[tuple[str, int], list[Family]] = defaultdict(list)
    for family in families:
        if family.first.role == "branch" and not family.first.is_utility:
            by_origin[(family.region, family.first.year)].append(family)
    begun = []
    for office, counts in slots.items():
        wanted = _origins_by_year(office, counts.from_abroad)
        for (origin, year), count in wanted.items():
            chosen = _families_to_enter(by_origin, office, origin, year, count, rng)
            for family in chosen:
                _enter(family, office, year, rng)
            for _ in range(count - len(chosen)):
                begun.append(_begin_abroad(office, origin, year, branches, roster, rng))
    return begun


def _origins_by_year(office: str, years: dict[int, int]) -> dict[tuple[str, int], int]:
    """(Region of origin, year) -> filings: the origins' quotas dealt over the years without losing either sum."""
    origins = apportion(plan.FOREIGN_ORIGIN[office], sum(years.values()))
    filed = [year for year, count in years.items() for _ in range(count)]
    wanted: Counter[tuple[str, int]] = Counter()
    left = dict(origins)
    for position, year in enumerate(filed):
        # The origin that lags most behind its even share of the filings so far comes next.
        done = position / len(filed)
        origin = max(left, key=lambda name: left[name] - origins[name] * (1 - done))
        left[origin] -= 1
        wanted[(origin, year)] += 1
    return wanted


def _families_to_enter(by_origin: dict, office: str, origin: str, year: int, count: int, rng: Random) -> list[Family]:
    candidates = [
        family
        for first_year in (year - 1, year)
        for family in by_origin[(origin, first_year)]
        if all(filing.office != office for filing in family.filings)
        and family.first.filing_date + timedelta(20) <= date(year, 12, 31)
        and family.first.filing_date.year <= plan.LAST_COMPLETE_YEAR
    ]
    return draw(candidates, [_abroad_weight(family.applicants[0]) for family in candidates], count, rng)


def _abroad_weight(applicant: Applicant) -> float:
    if applicant.is_key:
        return plan.ABROAD_WEIGHT["key"]
    return plan.ABROAD_WEIGHT["synthetic" if applicant.is_synthetic else "named"]


def _enter(family: Family, office: str, year: int, rng: Random) -> None:
    priority = family.first.filing_date
    earliest = max(date(year, 1, 1), priority + timedelta(20))
    latest = max(earliest, min(date(year, 12, 31), _months_later(priority, 12)))
    filing = Filing(office, year, "branch", family, is_first=False)
    filing.filing_date = _day_between(earliest, latest, rng)
    due = max(_months_later(priority, 18), filing.filing_date + timedelta(60)) + timedelta(rng.randint(0, 28))
    _publish(filing, min(due, plan.CUT_OFF))
    family.filings.append(filing)


def _begin_abroad(
    office: str, origin: str, year: int, branches: dict[str, Subject], roster: Roster, rng: Random
) -> Family:
    """A filing from `origin` made directly at `office`, without an earlier one at home; never a key applicant's."""
    pool = roster.chinese_pool(("北京", None, None), 1) if origin == "CN" else roster.pool(origin, 1)
    others = [applicant for applicant in pool if not applicant.is_key]
    family = _begin(origin, rng.choice(others), office, year, "branch")
    general = {name: subject.weight for name, subject in branches.items()}
    family.branches = (_branch_of(family.applicants[0], general, rng),)
    _date_first(family.first, rng)
    return family


# --- co-applicants, texts, numbers ----------------------------------------------------------------------------------


def _add_co_applicants(families: list[Family], roster: Roster, rng: Random) -> None:
    """Let one family in eight have a partner of the other kind (company with university) from the same country."""
    known: dict[tuple[str, bool], list[Applicant]] = defaultdict(list)
    for pool in roster.pools.values():
        for applicant in pool:
            known[(applicant.country, applicant.kind == "company")].append(applicant)
    wanted = round(len(families) * plan.CO_APPLICANT_SHARE)
    for family in rng.sample(families, wanted):
        first = family.applicants[0]
        partners = known[(first.country, first.kind != "company")]
        if partners:
            family.applicants += (rng.choice(partners),)


def _write_texts(
    families: list[Family],
    branches: dict[str, Subject],
    neighbours: tuple[Subject, ...],
    phrases: Phrases,
    applications: int,
    rng: Random,
) -> None:
    for family in families:
        first = family.first
        subjects = tuple(branches[name] for name in family.branches)
        if first.role == "noise":
            subjects = (rng.choice(neighbours),)
        needs_abstract = any(subject.needs_abstract for subject in subjects)
        has_abstract = needs_abstract or rng.random() >= plan.NO_ABSTRACT_SHARE
        family.text = compose(subjects, phrases, first.is_utility, has_abstract, rng)
        family.inventors = tuple(sorted(rng.sample(range(1, 2 * applications), rng.randint(1, 4))))


def _number_and_publish(families: list[Family], rng: Random) -> list[Filing]:
    """Number filings and publications in order of date, and settle grants and legal status at the cut-off."""
    filings = sorted(
        (filing for family in families for filing in family.filings),
        key=lambda filing: (filing.filing_date, filing.office),
    )
    mint = NumberMint()
    for filing in filings:
        filing.number = mint.application(filing.office, filing.filing_date.year, _number_kind(filing), _origin(filing))
    for filing in sorted(filings, key=lambda filing: filing.publications[0].date):
        first = filing.publications[0]
        number = mint.publication(filing.office, first.date.year, first.number.kind)
        filing.publications = [Publication(number, first.date, first.is_grant)]
    granted = [(day, filing) for filing in filings if (day := _grant_date(filing, rng)) is not None]
    for day, filing in sorted(granted, key=lambda pair: pair[0]):
        number = mint.grant(filing.publications[0].number, GRANT_KIND[filing.office])
        filing.publications.append(Publication(number, day, True))
    for filing in filings:
        filing.legal_status = _legal_status(filing, rng)
    return filings


def _number_kind(filing: Filing) -> str:
    if filing.is_utility:
        return "U"
    came_by_pct = any(member.office == "WO" for member in filing.family.filings)
    return "P" if filing.office == "CN" and not filing.is_first and came_by_pct else "A"


def _origin(filing: Filing) -> str:
    return filing.applicants[0].country if filing.office == "WO" else ""


def _grant_date(filing: Filing, rng: Random) -> date | None:
    if filing.is_utility or rng.random() >= plan.GRANT_SHARE[filing.office]:
        return None
    lag = rng.randint(*plan.GRANT_LAG_DAYS[filing.office])
    day = max(filing.filing_date + timedelta(lag), filing.publications[0].date + timedelta(90))
    return day if day <= plan.CUT_OFF else None


def _legal_status(filing: Filing, rng: Random) -> str:
    """有效, 失效, 审中 or, for the PCT, PCT指定期内 / PCT指定期满 at the cut-off."""
    age = plan.CUT_OFF.year - filing.filing_date.year
    if filing.office == "WO":
        return "PCT指定期满" if _months_later(filing.family.first.filing_date, 30) <= plan.CUT_OFF else "PCT指定期内"
    if filing.publications[-1].is_grant:
        is_expired = age >= (10 if filing.is_utility else 20)
        return "失效" if is_expired or rng.random() < 0.02 * age else "有效"
    return "失效" if age >= 6 or rng.random() < 0.05 * age else "审中"
