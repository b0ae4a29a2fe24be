"""What a filing is about: titles, abstracts and symbols composed from the patterns in subjects/*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from random import Random

Pair = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """A field of technology with its bilingual patterns; every list holds (中文, English) pairs."""

    branch: str | None
    field: Pair
    weight: float
    topics: tuple[Pair, ...]
    patterns: tuple[Pair, ...]
    products: tuple[Pair, ...]
    means: tuple[Pair, ...]
    symbols: tuple[dict[str, list[str]], ...]
    ja: tuple[str, ...]
    needs_abstract: bool


@dataclass(frozen=True)
class Phrases:
    """Patterns that all subjects share."""

    scenes: tuple[Pair, ...]
    openings: tuple[Pair, ...]
    product_openings: tuple[Pair, ...]
    closings: tuple[Pair, ...]
    joint_titles: tuple[Pair, ...]


@dataclass(frozen=True)
class Text:
    """Title and abstract in both languages, a Japanese title where there is one, and the symbols."""

    title_zh: str
    title_en: str
    title_ja: str
    abstract_zh: str
    abstract_en: str
    ipc: tuple[str, ...]
    cpc: tuple[str, ...]


def _pairs(rows: list[list[str]]) -> tuple[Pair, ...]:
    return tuple((zh, en) for zh, en in rows)


def _subject(table: dict) -> Subject:
    return Subject(
        branch=table.get("branch"),
        field=tuple(table["field"]),
        weight=table.get("weight", 1.0),
        topics=_pairs(table["topics"]),
        patterns=_pairs(table["patterns"]),
        products=_pairs(table.get("products", [])),
        means=_pairs(table["means"]),
        symbols=tuple(table["symbols"]),
        ja=tuple(table.get("ja", ())),
        needs_abstract=table.get("needs_abstract", False),
    )


def _tables():
    folder = files("flows.sample").joinpath("subjects")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            yield entry.name, tomllib.loads(entry.read_text(encoding="utf-8"))


def load_subjects() -> tuple[dict[str, Subject], tuple[Subject, ...], Phrases]:
    """The subjects by branch (one file each), the neighbouring fields, and the shared phrases."""
    tables = dict(_tables())
    phrases = Phrases(**{key: _pairs(rows) for key, rows in tables.pop("_phrases.toml").items()})
    neighbours = tuple(_subject(table) for table in tables.pop("_neighbours.toml")["neighbour"])
    branches = {table["branch"]: _subject(table) for table in tables.values()}
    return branches, neighbours, phrases


def with_article(noun: str) -> str:
    """`an optical module`, `a GPU`, `an SRAM circuit`: by the first letter, of an acronym by its spoken name."""
    first_word = noun.split()[0]
    vowels = "AEFHILMNORSX" if first_word.isupper() else "aeiouAEIO"
    return f"{'an' if noun[0] in vowels else 'a'} {noun}"


def _fill(pattern: str, topic: str) -> str:
    return pattern.format(topic=topic, a_topic=with_article(topic))


def _capital(title: str) -> str:
    return title[0].upper() + title[1:]


def _single_title(subject: Subject, phrases: Phrases, is_product: bool, rng: Random) -> Pair:
    topic = rng.choice(subject.topics)
    pattern = rng.choice(subject.products if is_product else subject.patterns)
    zh, en = _fill(pattern[0], topic[0]), _fill(pattern[1], topic[1])
    if rng.random() < 0.35:
        scene = rng.choice(phrases.scenes)
        zh, en = f"一种面向{scene[0]}的{zh.removeprefix('一种')}", f"{en} for {scene[1]}"
    return zh, _capital(en)


def _joint_title(first: Subject, second: Subject, phrases: Phrases, rng: Random) -> Pair:
    pattern = rng.choice(phrases.joint_titles)
    one, two = rng.choice(first.topics), rng.choice(second.topics)
    en = pattern[1].format(a_first=with_article(one[1]), a_second=with_article(two[1]))
    return pattern[0].format(first=one[0], second=two[0]), en


def _abstract(title: Pair, subjects: tuple[Subject, ...], phrases: Phrases, is_product: bool, rng: Random) -> Pair:
    opening = rng.choice(phrases.product_openings if is_product else phrases.openings)
    closing = rng.choice(phrases.closings)
    share = 3 if len(subjects) == 1 else 2
    means = [pair for subject in subjects for pair in rng.sample(subject.means, share)]
    subject_zh = title[0] if title[0].startswith("一种") else f"一种{title[0]}"
    subject_en = with_article(title[1][0].lower() + title[1][1:]) if title[1][1:2].islower() else f"a {title[1]}"
    zh = opening[0].format(subject=subject_zh, field=subjects[0].field[0])
    en = opening[1].format(subject=subject_en, field=subjects[0].field[1])
    zh += "；".join(pair[0] for pair in means[: 2 if share == 3 else 3]) + "。" + closing[0]
    return zh, " ".join([en, *(f"{pair[1]}." for pair in means), closing[1]])


def compose(subjects: tuple[Subject, ...], phrases: Phrases, is_product: bool, has_abstract: bool, rng: Random) -> Text:
    """One invention about one subject or two; `is_product` words it as a utility model."""
    if len(subjects) == 1:
        title = _single_title(subjects[0], phrases, is_product, rng)
    else:
        title = _joint_title(*subjects, phrases, rng)
    abstract = _abstract(title, subjects, phrases, is_product, rng) if has_abstract else ("", "")
    symbols = [rng.choice(subject.symbols) for subject in subjects]
    title_ja = rng.choice(subjects[0].ja) if len(subjects) == 1 and subjects[0].ja else ""
    return Text(
        title_zh=title[0],
        title_en=title[1],
        title_ja=title_ja,
        abstract_zh=abstract[0],
        abstract_en=abstract[1],
        ipc=_distinct(symbol for table in symbols for symbol in table["ipc"]),
        cpc=_distinct(symbol for table in symbols for symbol in table["cpc"]),
    )


def _distinct(symbols) -> tuple[str, ...]:
    return tuple(dict.fromkeys(symbols))
