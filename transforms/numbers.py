"""Publication, application and priority numbers in one canonical form, as vectorised polars expressions.

Canonical publication number: ST.3 office code, number as DOCDB writes it, ST.16 kind code, no separators (`CN109359736A`,
`JPH0488083A`), but for two offices whose own longer form loses nothing: US pre-grant serials and WO keep their zeros and four-digit
year (`US20200250566A1`, `WO2003025512A2`).
Canonical application number: office and DOCDB number without separators; `PCT` in front of an international application
(`PCTUS2018015953`); a year of four digits for JP and KR; the check digit dropped; the letter A dropped, and any other letter too
where the number itself tells the kind. A letter that tells two filings of one number apart (`KR20130003263U`) stays.

Each rule below is (spelling, canonical): the first is what the tools were seen to write, in the notation of regular expressions.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

Rules = tuple[tuple[str, str], ...]

_SEPARATORS = r"[\s\-‐-―−./,()]+"
# What folding leaves as it is.
_BARE = r"^[A-Z0-9](?:[A-Z0-9 ./,()-]*[A-Z0-9.,()-])?$"
# A spreadsheet program shows a long number so and keeps only its first digits.
MANGLED = r"^\s*[0-9]([.,][0-9]+)?[Ee]\+?[0-9]+\s*$"
# Numbers of two documents in one cell: an office and its digits begin again behind a number that has ended.
SEVERAL = r"(?i)[0-9](?:\.[0-9X]|[A-Z][0-9]?)?(?:[\s|,;、，；]+|[A-Z][0-9]?/)[A-Z]{2} ?[0-9]{4}"
NOT_EXPORTABLE = "不支持导出"
WRONG_CHECK_DIGIT = "check_digit"

_YEAR = r"(?:19|20)[0-9]{2}"
_DAY = r"(?:1[89]|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_KIND = r"([A-Z][0-9]?)?"
# Office, number (letters may lead or stand inside, as in IN2763DELNP2004 or BRPI0612345), kind code. Singapore closes its
# numbers since 2010 with a letter of its own, which is no kind code.
_PARTED: Rules = (
    (r"^(SG)(1[01][0-9]{9}[A-Z])([A-Z][0-9]?)?$", "$1|$2|$3"),
    (r"^([A-Z]{2})([A-Z]{0,2}[0-9][0-9A-Z]*?)([A-Z][0-9]?)?$", "$1|$2|$3"),
)
_PARTS = r"^(?<office>[A-Z]{2})\|(?<document_number>[0-9A-Z]+)\|(?<kind_code>[A-Z][0-9]?)?$"


# ── what must be seen before separators go ───────────────────────────────────────────────────────────────────────

# Marks that the rules leave for the last step: a century to be told, a serial to be padded to six or to seven digits.
_CENTURY, _SIX, _SEVEN = "~", "#", "##"
_NO_OFFICE = "?"
_READ_BY_OFFICE = ("WO", "BR")
# The office that the row states, a bar, the number as written.
_OFFICE_IN_FRONT: Rules = (
    # At the international office a number without its W is an international application all the same.
    (rf"^WO\|([A-Z]{{2}}{_YEAR}0?[0-9]{{6}})$", "${1}W"),
    (r"^BR\|((?:PI|MU|DI)[0-9 ].*)$", "BR $1"),
    (r"^.*\|([A-Z]{2}.*)$", "$1"),
    (r"^(.*)\|(.*)$", "$1$2"),
)

_ERA_NAMES = {"明治?": "M", "大正?": "T", "昭和?": "S", "平成?": "H", "令和?": "R"}
_ERAS: Rules = tuple(
    rule
    for name, letter in _ERA_NAMES.items()
    for rule in ((rf"{name}([0-9])[年-]", rf"{letter}0$1-"), (rf"{name}([0-9]{{2}})[年-]", rf"{letter}$1-"))
)
_PUBLICATION_AS_WRITTEN: Rules = (
    # Lens puts the day of a corrected publication behind it.
    (rf"^(.*[A-Z][0-9])\s+{_DAY}$", "$1"),
    *_ERAS,
    (rf"(?:特開|特开|特表)\s*({_YEAR})-([0-9]{{1,6}}).*$", "JP$1#${2}A"),
    (r"(?:特開|特开|特表)\s*([SH][0-9]{2}-[0-9]{1,6}).*$", "JP${1}A"),
    (r"(?:実開|实开)\s*([SH][0-9]{2}-[0-9]{1,6}).*$", "JP${1}U"),
    (r"(?:特許|特许)第?\s*([0-9]{7}).*$", "JP$1"),
    (r"^BR\s*((?:PI|MU|DI|C[0-9])\s*[0-9]{7})-[0-9](?:\s*([A-Z][0-9]?))?$", "BR$1$2"),
    (r"^MX\s*PA/A/(?:19|20)([0-9]{2})/([0-9]{6})$", "MXPA$1${2}A"),
    (r"^MX\s*MX/A/([0-9]{4})/([0-9]{6})$", "MX$1${2}A"),
)
_APPLICATION_AS_WRITTEN: Rules = (
    # Lens and Espacenet write the day of filing behind a priority.
    (rf"^(.{{6,}}?)\s+{_DAY}$", "$1"),
    (r"^([A-Z]{2}.*[0-9A-Z]) A$", "$1"),
    *_ERAS,
    (r"^(?:JP)?\s*(?:実|实)[願愿]\s*(.*?)号?$", "JP ${1}U"),
    (r"^(?:JP)?\s*意[願愿]\s*(.*?)号?$", "JP ${1}F"),
    (r"^(?:JP)?\s*特[願愿]\s*(.*?)号?$", "JP $1"),
    (rf"^JP\s*({_YEAR})-([0-9]{{1,6}})([UF]?)$", "JP$1#$2$3"),
    # The year of an emperor without its letter, as the US office takes it down: Heisei until 2000, Showa before.
    (r"^JP\s*0?([1-9]|1[0-2])-([0-9]{1,6})$", "JPH$1-$2"),
    (r"^JP\s*([3-6][0-9])-([0-9]{1,6})$", "JPS$1-$2"),
    (r"^JP\s*([MTSHR])\s*([0-9])-([0-9]{1,6}[UF]?)$", "JP!${1}0$2#$3"),
    (r"^JP\s*([MTSHR])\s*([0-9]{2})-([0-9]{1,6}[UF]?)$", "JP!${1}$2#$3"),
    # Series and serial of the office itself; the year is not told, so the colon keeps it apart from serial and year.
    (r"^US\s*([0-9]{2})/([0-9]{3}),?([0-9]{3})\s*[A-Z]?$", "US$1:$2$3"),
    (r"^(?:CN\s*)?ZL", "CN"),
    (r"^([A-Z]{2}\s*[0-9][0-9 ]{5,})\.[0-9X]$", "$1"),
    (r"^BR\s*((?:PI|MU|DI|C[0-9])\s*[0-9]{7})(?:-[0-9])?$", "BR$1"),
    (r"^(BR\s*[0-9][0-9 ]{11,})-[0-9]$", "$1"),
    (r"^(RU\s*[0-9]{10})/[0-9]{2}$", "$1"),
    (r"^MX\s*MX/A/([0-9]{4})/([0-9]{6})$", "MX$1$2"),
    (r"^MX/A/([0-9]{4})/([0-9]{6})$", "MX$1$2"),
    (r"^MX\s*PA/A/(?:19|20)([0-9]{2})/([0-9]{6})$", "MXPA$1$2"),
    (r"^PCT[/\s]*([A-Z]{2})\s*([0-9]{4})/0?([0-9]{1,6})$", "PCT$1$2#$3"),
    (r"^PCT[/\s]*([A-Z]{2})\s*([0-9]{2})/0?([0-9]{1,6})$", "PCT$1~$2#$3"),
)

# ── publications, separators gone ────────────────────────────────────────────────────────────────────────────────

_PUBLICATION_RULES: Rules = (
    # Pre-grant serials have seven digits at the office; DOCDB and Google write six.
    (rf"^US({_YEAR})([0-9]{{6}}){_KIND}$", "US${1}0$2$3"),
    (rf"^US(D|H|T|X|RE|PP|AI)?0+([1-9][0-9]*){_KIND}$", "US$1$2$3"),
    (rf"^EP([0-9]{{1,6}}){_KIND}$", "EP##$1$2"),
    # The year had two digits until 2004, and the serial five until 2001.
    (rf"^WO([0-9]{{2}})([0-9]{{5}}){_KIND}$", "WO~${1}0$2$3"),
    (rf"^WO(0[0-4])([0-9]{{6}}){_KIND}$", "WO20$1$2$3"),
    # Japan counted by the years of an emperor until 1999: DOCDB has a letter for them and no leading zeros, Derwent neither.
    (r"^JP([1-9])([0-9]{6})A$", "JPH0$1${2}A"),
    (r"^JP((?:0[1-9]|1[01])[0-9]{6})A$", "JPH${1}A"),
    (r"^JP((?:2[6-9]|[3-5][0-9]|6[0-4])[0-9]{6})A$", "JPS${1}A"),
    (rf"^JP([SH][0-9]{{2}})0+([1-9][0-9]*){_KIND}$", "JP$1$2$3"),
    (r"^JP0([1-9][0-9]{6})([BUY][0-9]?)$", "JP$1$2"),
    # Korea: 10 patents, 20 utility models. Published applications go by the year, registrations keep the prefix.
    (rf"^KR10({_YEAR}[0-9]{{7}})A?$", "KR${1}A"),
    (rf"^KR20({_YEAR}[0-9]{{7}})U?$", "KR${1}U"),
    (rf"^KR({_YEAR})([0-9]{{6}})([AU])$", "KR${1}0$2$3"),
    (rf"^KR({_YEAR})([0-9]{{5}})([AU])$", "KR${1}00$2$3"),
    (r"^KR19([0-9]{2})([0-9]{5})(B1?|Y1)$", "KR${1}00$2$3"),
    (r"^KR([0-9]{1,7})(B1?)$", "KR10##$1$2"),
    (r"^KR([0-9]{1,7})(Y1?)$", "KR20##$1$2"),
    # Australia until 2002: serial and two digits of the year at DOCDB, year and serial elsewhere.
    (r"^AU(?:19|20)([4-9][0-9]|0[0-2])0?([0-9]{5})A$", "AU!$2${1}A"),
    ("^AU!0*", "AU"),
    (r"^BR(?:19|20)([0-9]{2})([0-9]{5})A$", "BR$1${2}A"),
    (rf"^(RU|DE|IL|CA)0+([1-9][0-9]*){_KIND}$", "$1$2$3"),
)

# ── applications and priorities, separators gone ─────────────────────────────────────────────────────────────────

# Serials without their series until 2010: seven digits and four of the year at Espacenet, neither zeros nor century at DOCDB.
_US_SERIALS: Rules = tuple(
    (rf"^US(?:19([0-9]{{2}})|20(0[0-9]|10))0{{{zeros}}}([1-9][0-9]{{{6 - zeros}}})([APF]?)$", "US$3$1$2$4")
    for zeros in range(1, 7)
)
_APPLICATION_RULES: Rules = (
    (rf"^([A-Z]{{2}})({_YEAR})0?([0-9]{{6}})W$", "PCT$1$2$3"),
    (r"^([A-Z]{2})([0-9]{2})([0-9]{5})W$", "PCT$1~${2}0$3"),
    (rf"^WO({_YEAR})([A-Z]{{2}})0?([0-9]{{1,6}})[A-Z]?$", "PCT$2$1#$3"),
    (rf"^PCT([A-Z]{{2}})({_YEAR})0?([0-9]{{6}})[A-Z]?$", "PCT$1$2$3"),
    (rf"^PCT([A-Z]{{2}})({_YEAR})([0-9]{{5}})$", "PCT$1${2}0$3"),
    (r"^PCT([A-Z]{2})([0-9]{2})([0-9]{5})$", "PCT$1~${2}0$3"),
    # CN: eight digits until October 2003, twelve since, each with or without its check digit; the type is one of the digits.
    (r"^CN([0-9]{12}|[0-9]{8})[0-9X]?[A-Z]?$", "CN$1"),
    # US: year, series and serial; or, older, serial and year, where only the letter tells a provisional from a filing.
    (r"^US((?:19|20)[0-9]{10})[A-Z]$", "US$1"),
    (r"^US(?:19|20)([0-9]{2})([0-9]{6})([APF])$", "US$2$1$3"),
    *_US_SERIALS,
    (r"^EP(?:19|20)([0-9]{2})0?([1-9][0-9]{5})A?$", "EP$1$2"),
    (r"^JP([MTSHR][0-9]{2})([0-9]{1,6}[A-Z]?)$", "JP!$1#$2"),
    (r"^JP([0-9]{1,6})([3-9][0-9])([A-Z]?)$", "JP19$2#$1$3"),
    (r"^JP([0-9]{1,6})([0-2][0-9])([A-Z]?)$", "JP20$2#$1$3"),
    (rf"^JP({_YEAR})0?([0-9]{{6}}|[0-9]{{5}})([A-Z]?)$", "JP$1#$2$3"),
    (rf"^KR[13]0({_YEAR}[0-9]{{7}})A?$", "KR$1"),
    (rf"^KR20({_YEAR}[0-9]{{7}})U?$", "KR${1}U"),
    (rf"^KR({_YEAR})([0-9]{{4,6}})([A-Z]?)$", "KR$1##$2$3"),
    (r"^KR([4-9][0-9])([0-9]{7})([A-Z]?)$", "KR19$1$2$3"),
    # Taiwan's numbers hold the year of its calendar and the type of patent; Espacenet writes the western year.
    (rf"^TW({_YEAR})0([0-9]{{6}})$", "TW!$1$2"),
    (r"^TW0?([0-9]{8}|[0-9]{9})[A-Z]?$", "TW$1"),
    (r"^DE([0-9]{12}|2[0-9]{7})[A-Z]$", "DE$1"),
    (r"^GB(?:19(7[89]|[89][0-9])|20(0[0-9]))0{0,2}([0-9]{5})A?$", "GB$1$2$3"),
    (r"^GB(20[1-9][0-9])00([0-9]{5})A?$", "GB$1$2"),
    (r"^FR(?:19|20)([0-9]{2})00([0-9]{5})A?$", "FR$1$2"),
    (r"^NL(?:19|20)[0-9]{2}([0-9]{7})$", "NL$1"),
    (r"^CA(?:19|20)[0-9]{2}(?:0([1-9][0-9]{5})|([1-9][0-9]{6}))([A-Z]?)$", "CA$1$2$3"),
    (r"^AU(?:19|20)([4-9][0-9]|0[0-2])0?([0-9]{5})([A-Z]?)$", "AU!$2$1$3"),
    ("^AU!0*", "AU"),
    (r"^([A-Z]{2})(?:19|20)([0-9]{2})0([0-9]{6})T$", "$1$2${3}T"),
    (r"^(BR[0-9]{12})[0-9]$", "$1"),
    (r"^([A-Z]{2}.*[0-9])A$", "$1"),
    (r"^(SG[0-9]{11}[A-Z])A$", "$1"),
)
# The year before the first of each era, 明治 大正 昭和 平成 令和; no era had more than 64 years. Taiwan counts from 1912.
_BEFORE_ERA = {"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018}
_CALENDARS = {
    f"JP!{era}{year:02}": f"JP{before + year}" for era, before in _BEFORE_ERA.items() for year in range(1, 65)
} | {f"TW!{year}": f"TW{year - 1911}" for year in range(1950, 2050)}
_LAST: Rules = (
    (f"{_CENTURY}([4-9][0-9])", "19$1"),
    (_CENTURY, "20"),
    (_SEVEN, f"{_SEVEN}0000000"),
    (f"{_SEVEN}[0-9]*([0-9]{{7}})([A-Z]|$)", "$1$2"),
    (_SIX, f"{_SIX}000000"),
    (f"{_SIX}[0-9]*([0-9]{{6}})([A-Z]|$)", "$1$2"),
)


def compact(number: pl.Expr) -> pl.Expr:
    """Full-width folded, upper case, separators gone."""
    return _folded(number).str.replace_all(_SEPARATORS, "")


def _folded(number: pl.Expr) -> pl.Expr:
    """Full-width folded, upper case, in one line, one kind of hyphen, none of our own marks."""
    return number.map_batches(_folded_series, return_dtype=pl.String, is_elementwise=True)


def _folded_series(numbers: pl.Series) -> pl.Series:
    return _changed(numbers, numbers.str.contains(_BARE).not_(), _fold)


def _fold(numbers: pl.Series) -> pl.Series:
    upper = numbers.str.normalize("NFKC").str.to_uppercase().str.strip_chars().str.replace_all("\n", " ", literal=True)
    return upper.str.replace_all("[‐-―−]", "-").str.replace_all("[~#!|?]", "")


def _rewritten(numbers: pl.Series, rules: Rules) -> pl.Series:
    """Each rule in its turn. What fits none of them is left alone at one glance, and what fits some meets them by halves: a glance
    at thirty rules costs less than one replacement that finds nothing.
    """
    if len(rules) == 1:
        return numbers.str.replace(*rules[0])
    half = len(rules) // 2
    fits = numbers.str.contains("|".join(f"(?:{spelling})" for spelling, _ in rules))
    return _changed(numbers, fits, lambda some: _rewritten(_rewritten(some, rules[:half]), rules[half:]))


def _changed(numbers: pl.Series, concerned: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`change` made to the numbers that it concerns, which are mostly few."""
    rows = concerned.arg_true()
    return numbers.clone().scatter(rows, change(numbers.gather(rows))) if len(rows) else numbers


def _canonical(number: pl.Expr, as_written: Rules, rules: Rules) -> pl.Expr:
    """`number` is folded."""

    def canonical(numbers: pl.Series) -> pl.Series:
        bare = _rewritten(numbers, as_written).str.replace_all(_SEPARATORS, "")
        return _rewritten(_rewritten(bare, rules).str.replace_many(_CALENDARS), _LAST)

    return number.map_batches(canonical, return_dtype=pl.String, is_elementwise=True)


def publication_parts(number: pl.Expr) -> pl.Expr:
    """Struct of `office`, `document_number`, `kind_code` (null where there is none); all null where the shape is none."""
    canonical = _canonical(_folded(number), _PUBLICATION_AS_WRITTEN, _PUBLICATION_RULES)
    parted = canonical.map_batches(
        lambda numbers: _rewritten(numbers, _PARTED), return_dtype=pl.String, is_elementwise=True
    )
    return parted.str.extract_groups(_PARTS)


def publication_number(parts: pl.Expr) -> pl.Expr:
    """The canonical number of a `publication_parts` struct; null where the parts are."""
    kind = parts.struct.field("kind_code").fill_null("")
    return parts.struct.field("office") + parts.struct.field("document_number") + kind


def application_number(number: pl.Expr, office: pl.Expr) -> pl.Expr:
    """Canonical application number; `office` is put in front where the number has none. Null stays null."""
    folded = _folded(number)
    stated = office.fill_null(_NO_OFFICE)
    # A number that tells its office needs none, but where the office has rules of its own.
    tells = folded.str.contains("^[A-Z]{2}") & stated.is_in(list(_READ_BY_OFFICE)).not_()
    with_office = pl.when(tells).then(folded).otherwise(stated + "|" + folded)
    canonical = _canonical(with_office, (*_OFFICE_IN_FRONT, *_APPLICATION_AS_WRITTEN), _APPLICATION_RULES)
    return canonical.str.extract(r"^([^?].*)$", 1)


def priority_numbers(numbers: pl.Expr) -> pl.Expr:
    """A list column of priority numbers, canonical, distinct, sorted; null where empty."""
    element = pl.element()
    canonical = numbers.list.eval(application_number(element, pl.lit(""))).list.drop_nulls().list.unique().list.sort()
    return pl.when(canonical.list.len() > 0).then(canonical)


def application_number_doubt(original: pl.Expr, canonical: pl.Expr) -> pl.Expr:
    """WRONG_CHECK_DIGIT where a Chinese number is written with a check digit that its other digits contradict; else null.

    The check digit is the sum of the digits, weighted 2 to 9 and again 2 to 5, modulo 11, with X for ten. The number is not mended:
    any of its digits may be the wrong one.
    """
    body = canonical.str.slice(2)
    written = _folded(original).str.replace_all(_SEPARATORS, "").str.replace("^(CN)?(ZL)?", "")
    digits = [body.str.slice(index, 1).cast(pl.Int32, strict=False) * (index % 8 + 2) for index in range(12)]
    expected = (pl.sum_horizontal(digits) % 11).cast(pl.String).str.replace("10", "X")
    given = written.str.slice(body.str.len_chars(), 1)
    has_check_digit = (
        canonical.str.contains(r"^CN([0-9]{8}|[0-9]{12})$")
        & written.str.starts_with(body)
        # U and the like behind the number tell the kind.
        & given.str.contains("^[0-9X]$")
    )
    return pl.when(has_check_digit & (given != expected)).then(pl.lit(WRONG_CHECK_DIGIT))
