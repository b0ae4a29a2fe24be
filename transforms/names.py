"""The key of a name: what two spellings of one owner share once scripts, accents, legal forms and abbreviations are folded away."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from schemas.reference import shipped
from transforms.texts import fold

_DATED_OWNER = re.compile(r"\s*\(\d{4}-\d{2}-\d{2}\)\s*$")
_COUNTRY = re.compile(r"\s*\[[A-Z]{2}\]\s*$")
_SEAT_OF_FOREIGNER = re.compile(r"^[美日德法英韩荷]商|^南韩商|^韩国商")
# ㈱ and ㈜ fold to these.
_BRACKETED_FORM = re.compile(r"\((?:株|有|주|유)\)")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}")
_SINGLE_LETTERS = re.compile(r"\b[a-z](?: [a-z])+\b")
_APOSTROPHE = re.compile("['’`´]")
_WORD = re.compile(r"[^\W_]+")
_HAN, _HANGUL = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[\uac00-\ud7af]")
_INCORPORATED_IN = re.compile(
    r",? an? (?:[a-z]+ ){0,2}(?:corporation|company|partnership)(?: of .*| organi[sz]ed .*)?$"
)
# Forms of several words, as the word that stands for them in the table of legal forms.
_LONG_FORMS = (
    (re.compile(r"gesellschaft mit beschr[aä]e?nkter haftung|mit beschr[aä]e?nkter haftung"), "gmbh"),
    (re.compile(r"aktiengesellschaft"), "ag"),
    (re.compile(r"soci[eé]t[eé] anonyme"), "sa"),
    (re.compile(r"soci[eé]t[eé] [aà] responsabilit[eé] limit[eé]e"), "sarl"),
    (re.compile(r"soci[eé]t[eé] par actions simplifi[eé]e"), "sas"),
    (re.compile(r"besloten vennootschap"), "bv"),
    (re.compile(r"naamloze vennootschap"), "nv"),
    (re.compile(r"\baktiebolag(?:et)?\b"), "ab"),
    (re.compile(r"\bs\.? ?p\.? ?a\.?$"), "spa"),
)
_ACRONYM = re.compile(r"\(([a-z]{2,6})\)")
_EMPTY_WORDS = frozenset(("the", "of", "and", "for", "de", "des", "du", "der", "et", "und"))
# A university files under the name of whoever governs it: the words say who signs, not who owns.
_TEACHES = frozenset(("university", "college"))
_PARTS = frozenset(("school", "department", "faculty", "office", "patent"))
_GOVERNING_WORDS = frozenset(
    ("board", "regent", "regents", "reagent", "reagents", "trustee", "trustees", "governor", "governors", "president", "fellow", "fellows",
     "curator", "curators", "visitor", "visitors", "overseer", "overseers", "chancellor", "master", "masters", "scholar",
     "scholars", "provost", "operating", "administrator", "administrators", "supervisors", "system")
)  # fmt: skip
# Lenient, because these long formulas are misspelt more often than not: "The Unites Stated of Amercia as repesented by the ...".
_GOVERNMENT = re.compile(
    r"^(?:the )*(?:government of )?(?:the )?(?:uni\w+ (?:of )?st\w+|u\.? ?s\.?)(?: ?of ?)?(?: ?am\w+| ?a\.?)?(?: government)?"
    r"(?: \w+){0,4},? (?:as ?re\w+(?: by ?| )|rep\w+ by ?)(?:the )*(?=\w)"
)
_OFFICE_HOLDER = re.compile(
    r"^(?:(?:united states|u\.? ?s\.?|director|secretary|administrator|department|dept\.?|office|head|of|the|,) ?)+"
)


@cache
def name_key(name: str) -> str:
    """The words of a name in one string. Two names with one key are one name; nothing else follows from a key."""
    return "".join(name_words(name))


@cache
def name_words(name: str) -> tuple[str, ...]:
    """The telling words of a name, folded; never empty where the name has a letter or digit."""
    folded = fold(_COUNTRY.sub("", _DATED_OWNER.sub("", name))).lower()
    folded = _BRACKETED_FORM.sub(" ", folded)
    if _HAN.search(folded) or _HANGUL.search(folded):
        return _east_asian_words(folded)
    return _latin_words(_without_accents(folded))


def _east_asian_words(folded: str) -> tuple[str, ...]:
    words = _WORD.findall(folded.replace(".", ""))
    anywhere = _latin_forms()[0]
    key = "".join([word for word in words if word not in anywhere]) or "".join(words)
    key = _SEAT_OF_FOREIGNER.sub("", key)
    return (_without_forms(key),)


def _without_forms(key: str) -> str:
    """Forms taken off both ends, longest first, as long as two characters remain: 股份有限公司, then 集团."""
    either, tail = _east_asian_forms()
    taken = True
    while taken:
        taken = False
        for form in tail:
            stripped = key.removesuffix(form)
            stripped = stripped.removeprefix(form) if form in either else stripped
            if stripped != key and len(stripped) >= 2:
                key, taken = stripped, True
                break
    return key


def _latin_words(folded: str) -> tuple[str, ...]:
    text = _government_part(folded)
    text = _INCORPORATED_IN.sub("", text)
    for pattern, form in _LONG_FORMS:
        text = pattern.sub(form, text)
    text = _ACRONYM.sub(lambda found: _unless_initials(found, text), text)
    text = _INITIALS.sub(lambda found: re.sub(r"[.\s]", "", found.group()) + " ", text)
    text = " ".join(_WORD.findall(_APOSTROPHE.sub("", text)))
    words = _SINGLE_LETTERS.sub(lambda found: found.group().replace(" ", ""), text).split()
    telling = [word for word in words if word not in _EMPTY_WORDS]
    telling = [_whole_word(word) for word in _without_latin_forms(telling)]
    if not _TEACHES.isdisjoint(telling):
        telling = _university(telling)
    return tuple([_singular(word) for word in telling] or words or [folded.strip()])


def _unless_initials(acronym: re.Match[str], text: str) -> str:
    """Nothing for '(ibm)' after 'international business machines'; else as it stands."""
    words = [word for word in _WORD.findall(text[: acronym.start()]) if word not in _EMPTY_WORDS]
    return "" if "".join([word[0] for word in words]).startswith(acronym[1]) else acronym[0]


def _university(words: list[str]) -> list[str]:
    """Without who governs it and without the school or department, which cannot own anything."""
    owner = [word for word in words if word not in _GOVERNING_WORDS] or words
    if "university" not in owner:
        return owner
    part = next((at for at, word in enumerate(owner) if word in _PARTS and "university" in owner[:at]), len(owner))
    return owner[:part] if part >= 2 else owner


def _without_latin_forms(words: list[str]) -> list[str]:
    anywhere, tail, head = _latin_forms()
    kept = [word for at, word in enumerate(words) if at == 0 or word not in anywhere]
    while len(kept) > 1 and kept[-1] in tail:
        kept.pop()
    while len(kept) > 1 and kept[0] in head:
        kept.pop(0)
    return kept


def _government_part(text: str) -> str:
    """'The United States of America as represented by the Secretary of the Navy' is 'us navy'."""
    found = _GOVERNMENT.match(text)
    if not found:
        return text
    return "us " + (_OFFICE_HOLDER.sub("", text[found.end() :]) or text[found.end() :])


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("æ", "ae"))
    return unicodedata.normalize("NFC", "".join([sign for sign in apart if not "\u0300" <= sign <= "\u036f"]))


@cache
def _whole_word(word: str) -> str:
    return _abbreviations().get(word, word)


def _singular(word: str) -> str:
    if len(word) < 5 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


@cache
def _abbreviations() -> dict[str, str]:
    return dict(shipped("name_word").select("word", "stands_for").rows())


@cache
def _latin_forms() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Forms dropped anywhere, at the end, at the beginning."""
    forms = shipped("legal_form").filter(script="latin").select("form", "place").rows()
    return (
        frozenset(form for form, place in forms if place == "anywhere"),
        frozenset(form for form, _ in forms),
        frozenset(form for form, place in forms if place == "either"),
    )


@cache
def _east_asian_forms() -> tuple[frozenset[str], tuple[str, ...]]:
    """Forms dropped at either end; and all, the longest first."""
    forms = [row for row in shipped("legal_form").select("form", "script", "place").rows() if row[1] != "latin"]
    either = frozenset(form for form, _, place in forms if place == "either")
    return either, tuple(sorted([form for form, _, _ in forms], key=len, reverse=True))
