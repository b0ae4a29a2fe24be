"""Document numbers of the right shape in ranges that no office has assigned, and how each tool spells them.

Publications: CN199…/CN299…, US year+9…, US99…, EP9…, JP year+9…, KR year+9… and 109…, WO year+9…, TW year+9… and I9…,
DE10+year+9…, IN year+419…, CA9…, AU year+9…. Applications likewise; a Chinese one keeps its type digit (1 invention,
2 utility model, 8 PCT invention) in front of a serial from 9000001, so that the kind can still be read from it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

CN_CHECK_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def cn_check_digit(digits: str) -> str:
    """Check digit of the first 12 digits of a Chinese application number: weighted sum mod 11, 10 written X."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, CN_CHECK_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


@dataclass(frozen=True)
class ApplicationNumber:
    """`body` is the number without office and check digit; `kind` the letter that Lens puts behind it (A, U, W)."""

    office: str
    year: int
    body: str
    kind: str = "A"
    origin: str = ""

    def patsnap(self) -> str:
        """CN201919000001.X, TW108900001."""
        if self.office == "CN":
            return f"CN{self.body}.{cn_check_digit(self.body)}"
        return f"{self.office}{self.body}"

    def lens(self) -> str:
        """US 201999000001 A, CN 201919000001 A, US 2019/0900001 W, AU 2019/900001 A."""
        if self.office == "WO":
            return f"{self.origin} {self.year}/{self.body} W"
        if self.office == "US":
            return f"US {self.year}{self.body} A"
        if self.office == "AU":
            return f"AU {self.year}/{self.body} A"
        return f"{self.office} {self.body} {self.kind}"


@dataclass(frozen=True)
class PublicationNumber:
    """`body` holds year and serial without a mark between them; `year` is set where Lens writes a slash behind it."""

    office: str
    body: str
    kind: str
    year: int | None = None

    def patsnap(self) -> str:
        return f"{self.office}{self.body}{self.kind}"

    def lens(self) -> str:
        body = f"{self.year}/{self.body[4:]}" if self.year else self.body
        return f"{self.office} {body} {self.kind}"

    def google(self) -> str:
        return f"{self.office}-{self.body}-{self.kind}"


class NumberMint:
    """Issues numbers one after another; the same order of calls gives the same numbers."""

    def __init__(self) -> None:
        self._issued: Counter[tuple] = Counter()

    def _serial(self, *key) -> int:
        self._issued[key] += 1
        return self._issued[key]

    def application(self, office: str, year: int, kind: str = "A", origin: str = "") -> ApplicationNumber:
        """The next application number of an office and filing year; `kind` U for a utility model, P for a PCT entry."""
        if office == "CN":
            type_digit = {"A": 1, "U": 2, "P": 8}[kind]
            body = f"{year}{type_digit}{9_000_000 + self._serial('CN', year, type_digit)}"
            return ApplicationNumber("CN", year, body, "U" if kind == "U" else "A")
        body = {
            "US": lambda: f"99{self._serial('US'):06d}",
            "EP": lambda: f"{year % 100:02d}{900_000 + self._serial('EP', year)}",
            "JP": lambda: f"{year}{900_000 + self._serial('JP', year)}",
            "KR": lambda: f"{year}{9_000_000 + self._serial('KR', year)}",
            "TW": lambda: f"{year - 1911:03d}{900_000 + self._serial('TW', year)}",
            "DE": lambda: f"10{year}{900_000 + self._serial('DE', year)}",
            "IN": lambda: f"{year}41{900_000 + self._serial('IN', year)}",
            "CA": lambda: f"{9_000_000 + self._serial('CA')}",
            "AU": lambda: f"{900_000 + self._serial('AU', year)}",
            "WO": lambda: f"0{900_000 + self._serial('WO', year, origin)}",
        }[office]()
        return ApplicationNumber(office, year, body, "A", origin)

    def publication(self, office: str, year: int, kind: str) -> PublicationNumber:
        """The next number for a first publication in `year`; see `grant` for the later one."""
        if office == "CN":
            series = "299" if kind == "U" else "199"
            return PublicationNumber("CN", f"{series}{self._serial('CN pub', series):06d}", kind)
        body, with_slash = {
            "US": lambda: (f"{year}{9_000_000 + self._serial('US pub', year)}", True),
            "EP": lambda: (f"{9_000_000 + self._serial('EP pub')}", False),
            "JP": lambda: (f"{year}{900_000 + self._serial('JP pub', year)}", False),
            "KR": lambda: (f"{year}{9_000_000 + self._serial('KR pub', year)}", False),
            "TW": lambda: (f"{year}{90_000 + self._serial('TW pub', year)}", False),
            "DE": lambda: (f"10{year}{900_000 + self._serial('DE pub', year)}", False),
            "IN": lambda: (f"{year}41{900_000 + self._serial('IN pub', year)}", False),
            "CA": lambda: (f"{9_000_000 + self._serial('CA pub')}", False),
            "AU": lambda: (f"{year}{900_000 + self._serial('AU pub', year)}", True),
            "WO": lambda: (f"{year}{900_000 + self._serial('WO pub', year)}", True),
        }[office]()
        return PublicationNumber(office, body, kind, year if with_slash else None)

    def grant(self, first: PublicationNumber, kind: str) -> PublicationNumber:
        """The number of the granted patent: the old one with another kind, or a new series (US, JP, KR, TW, AU)."""
        body = {
            "US": lambda: f"{99_000_000 + self._serial('US grant')}",
            "JP": lambda: f"{9_900_000 + self._serial('JP grant')}",
            "KR": lambda: f"10{9_000_000 + self._serial('KR grant')}",
            "TW": lambda: f"I{900_000 + self._serial('TW grant')}",
        }.get(first.office, lambda: first.body)()
        keeps_slash = first.year if first.office == "AU" else None
        return PublicationNumber(first.office, body, kind, keeps_slash)
