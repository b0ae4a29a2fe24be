"""The technology tree as data: tiers, branches with queries as text, examples. Its registry is a folder of TOML."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import TaxonomyError

# The language in which rules are read. A change in what a written rule means is a new number, and new labels.
LANGUAGE = "PRL/1"
SHIPPED_TAXONOMY = Path(__file__).parent / "taxonomy"
LEVELS = ("core", "related", "candidate")
ORIGINS = ("seed", "reconstructed")
RULES = ("core", "text_core", "related", "exclude")
REQUIRED_RULES = ("core", "related")
WEIGHTS = (
    "core_level", "title_term", "abstract_term_each", "abstract_terms_max", "claim_term_each", "claim_terms_max",
    "first_code_in_a", "each_code_in_a", "codes_in_a_max", "each_code_in_b", "codes_in_b_max",
)  # fmt: skip


@dataclass(frozen=True)
class Tier:
    """One node of tier 1 or 2."""

    id: str
    level: int
    parent: str | None
    zh: str
    en: str
    origin: str
    reason: str = ""
    definition_zh: str = ""
    definition_en: str = ""


@dataclass(frozen=True)
class Block:
    """A named list that queries call as @NAME: search terms, or patterns of classification symbols."""

    kind: str  # "text" or "codes"
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A record written for the project, with the level its branch must give it ("none" where it must not match)."""

    title: str
    abstract: str
    codes: tuple[str, ...]
    level: str
    language: str
    why: str


@dataclass(frozen=True)
class Branch:
    """One technology of tier 3: names, scope, query text, examples.

    `version` is a hash of all that its labels depend on: its own file, the shared blocks that its rules call, the masks,
    the weights of the score and LANGUAGE. Labels of a branch whose version stands need not be made again.
    """

    id: str
    parent: str
    zh: str
    en: str
    origin: str
    reason: str
    is_hot_in_seed: bool
    priority: int
    definition_zh: str
    definition_en: str
    scope_in: str
    scope_out: str
    note: str
    blocks: Mapping[str, Block]
    rules: Mapping[str, str]
    strong_terms: str
    codes_a: str
    codes_b: str
    examples: tuple[Example, ...]
    version: str


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """All tiers and branches with what they share. Compared by identity; `version` tells two contents apart."""

    version: str
    tiers: tuple[Tier, ...]
    branches: tuple[Branch, ...]
    masks: tuple[str, ...]
    blocks: Mapping[str, Block]
    weights: Mapping[str, float]

    def tier(self, tier_id: str) -> Tier:
        return next(tier for tier in self.tiers if tier.id == tier_id)

    def branch(self, branch_id: str) -> Branch:
        return next(branch for branch in self.branches if branch.id == branch_id)


BRANCH_TABLE = {
    "branch": pl.String,
    "tier1": pl.String,
    "tier2": pl.String,
    "title_zh": pl.String,
    "title_en": pl.String,
    "tier1_title_zh": pl.String,
    "tier1_title_en": pl.String,
    "tier2_title_zh": pl.String,
    "tier2_title_en": pl.String,
    "origin": pl.String,
    "tier1_origin": pl.String,
    "tier2_origin": pl.String,
    "is_hot_in_seed": pl.Boolean,
    "priority": pl.Int32,
    "branch_version": pl.String,
    "definition_zh": pl.String,
    "definition_en": pl.String,
}


def load_taxonomy(directory: Path | None = None) -> Taxonomy:
    """Read and check a taxonomy folder (default: the shipped one).

    Queries stay text here: their grammar is checked where they are compiled. Raises TaxonomyError naming file and key.
    """
    folder = directory or SHIPPED_TAXONOMY
    texts = tuple((path.name, path.read_bytes()) for path in sorted(folder.glob("*.toml")))
    return _taxonomy_of(folder, texts)


@lru_cache(maxsize=4)
def _taxonomy_of(folder: Path, texts: tuple[tuple[str, bytes], ...]) -> Taxonomy:
    # Same bytes, same object: what is compiled from a taxonomy is then compiled once in a process.
    contents = {name: _parsed(name, text) for name, text in texts}
    for required in ("_tree.toml", "_shared.toml"):
        if required not in contents:
            raise TaxonomyError(str(folder), f"no {required}", "a taxonomy folder", "name a folder that holds one")
    tree, shared = contents["_tree.toml"], contents["_shared.toml"]
    _known_keys(tree, "_tree.toml", "", {"schema", "version", "languages", "cpc_baseline", "tiers"})
    _known_keys(shared, "_shared.toml", "", {"masks", "blocks", "scoring"})
    tiers = tuple(_tier(entry, number) for number, entry in enumerate(_get(tree, "_tree.toml", "tiers", list), 1))
    _check_tiers(tiers)
    shared = {"masks": {}, "blocks": {}} | shared  # an industry may have nothing of either
    masks = _masks(_get(shared, "_shared.toml", "masks", dict))
    blocks, weights = _blocks(shared, "_shared.toml"), _weights(_get(shared, "_shared.toml", "scoring", dict))
    branches = tuple(_branch(table, name, shared) for name, table in contents.items() if not name.startswith("_"))
    _check_branches(branches, tiers)
    return Taxonomy(
        version=f"{_get(tree, '_tree.toml', 'version', str)}+{_content_hash(contents)}",
        tiers=tiers,
        branches=branches,
        masks=masks,
        blocks=blocks,
        weights=weights,
    )


def branch_table(taxonomy: Taxonomy | None = None) -> pl.DataFrame:
    """One row per branch with the ids and titles of its tiers, sorted by branch id."""
    taxonomy = taxonomy or load_taxonomy()
    rows = []
    for branch in sorted(taxonomy.branches, key=lambda branch: branch.id):
        tier2 = taxonomy.tier(branch.parent)
        tier1 = taxonomy.tier(tier2.parent or "")
        rows.append(
            {
                "branch": branch.id,
                "tier1": tier1.id,
                "tier2": tier2.id,
                "title_zh": branch.zh,
                "title_en": branch.en,
                "tier1_title_zh": tier1.zh,
                "tier1_title_en": tier1.en,
                "tier2_title_zh": tier2.zh,
                "tier2_title_en": tier2.en,
                "origin": branch.origin,
                "tier1_origin": tier1.origin,
                "tier2_origin": tier2.origin,
                "is_hot_in_seed": branch.is_hot_in_seed,
                "priority": branch.priority,
                "branch_version": branch.version,
                "definition_zh": branch.definition_zh,
                "definition_en": branch.definition_en,
            }
        )
    return pl.DataFrame(rows, schema=BRANCH_TABLE)


def _parsed(name: str, text: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TaxonomyError(name, str(error), "a TOML file in UTF-8", "mend that line") from error


def _content_hash(contents: Mapping[str, Any]) -> str:
    """Twelve hex digits that no order of files or keys, and no comment, changes."""
    canonical = json.dumps(contents, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _get(table: Mapping[str, Any], file: str, key: str, kind: Any, prefix: str = "") -> Any:
    if key not in table:
        raise TaxonomyError(f"{file}: {prefix}{key}", "the key is missing", remedy="add it as other files do")
    value = table[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        wanted = "/".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
        raise TaxonomyError(f"{file}: {prefix}{key}", f"a {type(value).__name__}", f"a {wanted}")
    if kind is str and not value.strip():
        raise TaxonomyError(f"{file}: {prefix}{key}", "an empty text", "some text", "fill it or take the key out")
    return value


def _get_text(table: Mapping[str, Any], file: str, key: str, prefix: str = "") -> str:
    return _get(table, file, key, str, prefix)


def _optional(table: Mapping[str, Any], file: str, key: str, prefix: str = "") -> str:
    return _get_text(table, file, key, prefix) if key in table else ""


def _known_keys(table: Mapping[str, Any], file: str, prefix: str, known: set[str]) -> None:
    for key in table:
        if key not in known:
            raise TaxonomyError(f"{file}: {prefix}{key}", "an unknown key", f"one of {', '.join(sorted(known))}")


def _one_of(value: str, allowed: tuple[str, ...], where: str) -> str:
    if value not in allowed:
        raise TaxonomyError(where, repr(value), f"one of {', '.join(allowed)}")
    return value


def _tier(entry: Mapping[str, Any], number: int) -> Tier:
    file, prefix = "_tree.toml", f"tiers[{number}]."
    _known_keys(entry, file, prefix, set(Tier.__dataclass_fields__))
    level = _get(entry, file, "level", int, prefix)
    if level not in (1, 2):
        raise TaxonomyError(f"{file}: {prefix}level", str(level), "1 or 2", "tier 3 is one file per branch")
    origin = _one_of(_get(entry, file, "origin", str, prefix), ORIGINS, f"{file}: {prefix}origin")
    return Tier(
        id=_get(entry, file, "id", str, prefix),
        level=level,
        parent=_get(entry, file, "parent", str, prefix) if level == 2 else None,
        zh=_get(entry, file, "zh", str, prefix),
        en=_get(entry, file, "en", str, prefix),
        origin=origin,
        reason=_reason(entry, origin, file, prefix),
        definition_zh=_optional(entry, file, "definition_zh", prefix),
        definition_en=_optional(entry, file, "definition_en", prefix),
    )


def _reason(entry: Mapping[str, Any], origin: str, file: str, prefix: str = "") -> str:
    """What is not named in the seed document owes its reader a reason."""
    read = _get_text if origin == "reconstructed" else _optional
    return read(entry, file, "reason", prefix)


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    _no_double([tier.id for tier in tiers], "_tree.toml: tiers")
    tops = {tier.id for tier in tiers if tier.level == 1}
    for tier in tiers:
        if tier.level == 2 and tier.parent not in tops:
            expected = f"one of {', '.join(sorted(tops))}"
            raise TaxonomyError(f"_tree.toml: tier {tier.id}", f"parent {tier.parent!r} is no tier 1", expected)


def _check_branches(branches: tuple[Branch, ...], tiers: tuple[Tier, ...]) -> None:
    if not branches:
        raise TaxonomyError("the taxonomy folder", "no branch file", "at least one <branch id>.toml beside _tree.toml")
    _no_double([tier.id for tier in tiers] + [branch.id for branch in branches], "the taxonomy folder")
    parents = {tier.id for tier in tiers if tier.level == 2}
    for branch in branches:
        if branch.parent not in parents:
            raise TaxonomyError(
                f"{branch.id}.toml: parent",
                f"{branch.parent!r} is no tier 2 of _tree.toml",
                f"one of {', '.join(sorted(parents))}",
            )


def _no_double(ids: list[str], where: str) -> None:
    for each in ids:
        if ids.count(each) > 1:
            raise TaxonomyError(where, f"the id {each!r} stands twice", "every id once")


def _branch_version(table: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    """The hash of a branch. A mask hides text from the terms of all branches, so each depends on all masks."""
    called = {name for rule in table["rules"].values() for name in re.findall(r"[@＠](\w+)", rule)}
    blocks = {name: shared["blocks"][name] for name in called - table["blocks"].keys() if name in shared["blocks"]}
    return _content_hash(
        {
            "language": LANGUAGE,
            "branch": table,
            "blocks": blocks,
            "masks": shared["masks"],
            "scoring": shared["scoring"],
        }
    )


def _branch(table: Mapping[str, Any], file: str, shared: Mapping[str, Any]) -> Branch:
    _known_keys(table, file, "", {
        "id", "parent", "zh", "en", "origin", "reason", "hot_in_seed", "priority", "definition_zh", "definition_en",
        "scope_in", "scope_out", "note", "blocks", "rules", "scoring", "examples",
    })  # fmt: skip
    branch_id = _get(table, file, "id", str)
    if file != f"{branch_id}.toml":
        raise TaxonomyError(
            f"{file}: id", repr(branch_id), repr(file.removesuffix(".toml")), "name the file after its id"
        )
    origin = _one_of(_get(table, file, "origin", str), ORIGINS, f"{file}: origin")
    rules, scoring = _get(table, file, "rules", dict), _get(table, file, "scoring", dict)
    _known_keys(rules, file, "rules.", set(RULES))
    _known_keys(scoring, file, "scoring.", {"terms", "codes_a", "codes_b"})
    blocks = _blocks(table, file)
    return Branch(
        id=branch_id,
        parent=_get(table, file, "parent", str),
        zh=_get(table, file, "zh", str),
        en=_get(table, file, "en", str),
        origin=origin,
        reason=_reason(table, origin, file),
        is_hot_in_seed=_get(table, file, "hot_in_seed", bool),
        priority=_get(table, file, "priority", int),
        definition_zh=_get(table, file, "definition_zh", str),
        definition_en=_get(table, file, "definition_en", str),
        scope_in=_get(table, file, "scope_in", str),
        scope_out=_get(table, file, "scope_out", str),
        note=_optional(table, file, "note"),
        blocks=blocks,
        rules={key: _get(rules, file, key, str, "rules.") for key in RULES if key in rules or key in REQUIRED_RULES},
        strong_terms=_scoring_block(scoring, "terms", "text", blocks, file),
        codes_a=_scoring_block(scoring, "codes_a", "codes", blocks, file),
        codes_b=_scoring_block(scoring, "codes_b", "codes", blocks, file),
        examples=tuple(
            _example(entry, file, f"examples[{number}].") for number, entry in enumerate(table.get("examples", []), 1)
        ),
        version=_branch_version(table, shared),
    )


def _weights(scoring: Mapping[str, Any]) -> dict[str, float]:
    _known_keys(scoring, "_shared.toml", "scoring.", set(WEIGHTS))
    return {key: float(_get(scoring, "_shared.toml", key, (int, float), "scoring.")) for key in WEIGHTS}


def _scoring_block(scoring: Mapping[str, Any], key: str, kind: str, blocks: Mapping[str, Block], file: str) -> str:
    name = _get(scoring, file, key, str, "scoring.")
    if name not in blocks or blocks[name].kind != kind:
        fitting = ", ".join(sorted(each for each, block in blocks.items() if block.kind == kind))
        raise TaxonomyError(f"{file}: scoring.{key}", f"no {kind} block {name!r} in this file", f"one of {fitting}")
    return name


def _blocks(table: Mapping[str, Any], file: str) -> dict[str, Block]:
    return {name: _block(value, file, f"blocks.{name}") for name, value in _get(table, file, "blocks", dict).items()}


def _block(value: Any, file: str, key: str) -> Block:
    """A list of code patterns, or a table of term lists by language; languages are searched together."""
    if isinstance(value, list):
        return Block("codes", _entries(value, file, key))
    if not isinstance(value, dict) or not value:
        expected = "a list of codes, or a table of terms by language"
        raise TaxonomyError(f"{file}: {key}", f"a {type(value).__name__} without entries", expected)
    entries = [entry for language, terms in value.items() for entry in _entries(terms, file, f"{key}.{language}")]
    return Block("text", tuple(entries))


def _masks(languages: Mapping[str, Any]) -> tuple[str, ...]:
    """The masks of all languages; no language, or one with an empty list, hides nothing."""
    filled = {language: terms for language, terms in languages.items() if terms != []}
    return _block(filled, "_shared.toml", "masks").entries if filled else ()


def _entries(values: Any, file: str, key: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not values:
        raise TaxonomyError(f"{file}: {key}", "no list, or an empty one", "a list of texts", "fill it or drop it")
    for number, value in enumerate(values, 1):
        if not isinstance(value, str) or not value.strip():
            raise TaxonomyError(f"{file}: {key}", f"entry {number} is empty or no text", "a term or code in quotes")
    return tuple(values)


def _example(entry: Mapping[str, Any], file: str, prefix: str) -> Example:
    _known_keys(entry, file, prefix, set(Example.__dataclass_fields__))
    codes = entry.get("codes", [])
    return Example(
        title=_get(entry, file, "title", str, prefix),
        abstract=_optional(entry, file, "abstract", prefix),
        codes=_entries(codes, file, f"{prefix}codes") if codes else (),
        level=_one_of(_get(entry, file, "level", str, prefix), (*LEVELS, "none"), f"{file}: {prefix}level"),
        language=_one_of(_get(entry, file, "language", str, prefix), ("zh", "en"), f"{file}: {prefix}language"),
        why=_get(entry, file, "why", str, prefix),
    )
