import ast
import csv
import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import transforms.classify
from schemas.branches import Block, Taxonomy, load_taxonomy
from schemas.errors import ContractError, QueryError
from tests.conftest import real_data_folder, trials
from tests.transforms import oracle, small
from tests.transforms.test_query import TERMS, WORDS, random_atom, random_rule
from transforms.classify import LABELS, classify, explain
from transforms.matching import Matcher
from transforms.query import parse_taxonomy

REAL_DATA = real_data_folder()
# Raise this to compare more: the oracle needs some 20 to 40 ms a record.
ORACLE_RECORDS = trials(30, 10_000)
SHIPPED = load_taxonomy()
EXAMPLES = [(branch.id, example) for branch in SHIPPED.branches for example in branch.examples]


def level_of(record: dict, taxonomy=SHIPPED) -> dict[str, str]:
    return {verdict.branch: verdict.level for verdict in explain(record, taxonomy) if verdict.level}


@pytest.mark.parametrize(("branch", "example"), EXAMPLES, ids=[f"{branch}-{e.title[:20]}" for branch, e in EXAMPLES])
def test_every_example_gets_its_level(branch, example):
    codes = list(example.codes)
    record = {"title": example.title, "abstract": example.abstract, "ipc_symbols": codes, "cpc_symbols": codes}
    verdict = next(each for each in explain(record, SHIPPED) if each.branch == branch)
    assert (verdict.level or "none") == example.level, verdict.why_not


def test_labels_have_the_declared_columns_and_order():
    frame = small.records(
        {"title": "Quantum circuit compiler", "cpc_symbols": ["G06N10/20"]},
        {"title": "一种茶叶包装盒", "ipc_symbols": ["B65D5/42"]},
        {"title": None, "abstract": None},
        {"title": "", "ipc_symbols": [], "cpc_symbols": []},
    )
    labels = classify(frame, SHIPPED)
    assert dict(labels.schema) == LABELS
    assert labels.select("record_id", "branch", "level", "is_primary").rows() == [
        ("r0000", "quantum.circuit", "core", True)
    ]
    assert labels["taxonomy_version"].unique().to_list() == [SHIPPED.version]


def test_a_record_without_symbols_is_a_candidate_and_never_primary():
    labels = classify(small.records({"title": "一种忆阻器及其制备方法"}), SHIPPED)
    assert labels.select("branch", "level", "is_primary").rows() == [("cim.device", "candidate", False)]


def test_a_record_without_symbols_is_core_where_its_text_alone_decides():
    labels = classify(small.records({"title": "Kubernetes集群扩容方法"}), SHIPPED)
    assert labels.select("branch", "level", "is_primary").rows() == [("cloud.native", "core", True)]


@pytest.mark.parametrize(
    ("title", "abstract", "codes", "level"),
    [
        ("strong", "", ["G06N10/20"], "core"),
        ("strong", "", ["G06Q10/06"], None),
        ("strong", "", [], "candidate"),
        ("strong", "", ["G06N"], "candidate"),  # a subclass alone is no usable symbol
        ("", "strong strong", [], "candidate"),
        ("", "strong", [], None),
        ("zzz", "strong", [], "related"),
        ("zzz", "strong", ["G06Q10/06"], "related"),
        ("zzz", "", ["G06Q10/06"], "related"),
        ("zzz strong", "", [], "candidate"),
        ("bad strong", "", [], None),
        ("strong", "", ["G06N10/20", "A61B5/00"], None),
    ],
)
def test_missing_codes_are_unknown_and_false_in_exclude(title, abstract, codes, level):
    taxonomy = small.taxonomy(small.branch("TA:@S AND IC:G06N10", "TI:zzz", "TI:bad OR IC:A61B"))
    found = level_of({"title": title, "abstract": abstract, "cpc_symbols": codes}, taxonomy)
    assert found.get("top.sub") == level


@pytest.mark.parametrize(
    ("rule", "title", "codes", "level"),
    [
        ("IC:G06N10", "strong", [], "candidate"),  # the strong term stands in no rule
        ("IC:G06N10", "x", ["G06N10/20"], "core"),
        ("NOT TI:x", "y", ["G06Q10/06"], "core"),  # true of a record of which no clause holds
        ("NOT TI:x", "", [], "core"),
        ("NOT TI:x", "x", [], None),
        ("NOT IC:G06N10", "y", ["G06Q10/06"], "core"),
        ("NOT IC:G06N10", "y", [], None),
    ],
)
def test_rules_that_hold_without_a_term_of_their_own(rule, title, codes, level):
    found = level_of({"title": title, "cpc_symbols": codes}, small.taxonomy(small.branch(rule)))
    assert found.get("top.sub") == level


TEXT_CORE = small.branch("TA:@S AND IC:G06N10", "TI:zzz", "TI:bad OR IC:A61B", text_core="TI:@S AND TA:host")


@pytest.mark.parametrize(
    ("title", "abstract", "codes", "level"),
    [
        ("strong host", "", [], "core"),
        ("strong host", "", ["G06N"], "core"),  # a subclass alone is no usable symbol
        ("strong", "on a host", [], "core"),
        ("strong", None, [], "candidate"),
        ("host", "strong strong", [], "candidate"),
        ("zzz", "host", [], "related"),
        ("host", "strong", [], None),
        ("bad strong host", "", [], None),  # excluded
        ("strong host", "", ["G06Q10/06"], None),  # symbols that do not fit: the text alone does not help
        ("strong host", None, ["G06N10/20"], "core"),
        ("host", "", ["G06N10/20"], None),
    ],
)
def test_text_core_makes_a_record_without_symbols_core(title, abstract, codes, level):
    found = level_of({"title": title, "abstract": abstract, "cpc_symbols": codes}, small.taxonomy(TEXT_CORE))
    assert found.get("top.sub") == level


def test_a_text_core_that_holds_on_nothing_is_not_pruned_away():
    taxonomy = small.taxonomy(small.branch("IC:G06N10", text_core="NOT TI:x"))
    assert level_of({"title": "y"}, taxonomy) == {"top.sub": "core"}
    assert level_of({"title": "x"}, taxonomy) == {}


def test_a_label_by_text_core_rests_on_its_clauses_and_can_be_primary():
    labels = classify(small.records({"title": "strong", "abstract": "a host"}), small.taxonomy(TEXT_CORE))
    assert labels.select("level", "is_primary", "score").rows() == [("core", True, 5.0)]
    evidence = labels["evidence"].to_list()[0]
    assert [(each["kind"], each["value"], each["field"], each["position"]) for each in evidence] == [
        ("term", "strong", "TI", 0),
        ("term", "host", "AB", 2),
    ]
    verdict = explain({"title": "strong", "abstract": "a host"}, small.taxonomy(TEXT_CORE))[0]
    assert [term.value for term in verdict.terms] == ["strong", "host"]
    assert verdict.why_not == ""


def test_a_rule_that_is_true_without_symbols_shows_its_own_clauses():
    taxonomy = small.taxonomy(small.branch("TI:alone OR IC:G06N10", text_core="TI:host"))
    evidence = classify(small.records({"title": "alone host"}), taxonomy)["evidence"].to_list()[0]
    assert [each["value"] for each in evidence] == ["alone"]


def test_not_of_a_missing_code_in_exclude_is_true():
    taxonomy = small.taxonomy(small.branch("TA:@S AND IC:G06N10", exclude="TI:bad AND NOT IC:G06N10"))
    assert level_of({"title": "bad strong"}, taxonomy) == {}


def test_one_primary_branch_by_score_then_priority_then_id():
    same = {"blocks": {"S": Block("text", ("strong",))}}
    branches = [
        small.branch("TI:strong", id="top.b", priority=2, **same),
        small.branch("TI:strong", id="top.a", priority=2, **same),
        small.branch("TI:strong", id="top.c", priority=3, **same),
        small.branch("TI:none", "TI:strong", id="top.d", priority=1, **same),
    ]
    labels = classify(small.records({"title": "strong", "cpc_symbols": ["G06F9/50"]}), small.taxonomy(*branches))
    assert labels["branch"].to_list() == ["top.a", "top.b", "top.c", "top.d"]
    assert labels.filter("is_primary")["branch"].to_list() == ["top.a"]
    only_related = small.taxonomy(small.branch("TI:none", "TI:strong"))
    assert classify(small.records({"title": "strong"}), only_related)["is_primary"].to_list() == [True]


def test_score_adds_what_the_weights_say():
    taxonomy = small.taxonomy(small.branch("TI:strong"))
    record = {
        "title": "strong strong",
        "abstract": "strong " * 6,
        "claims": "strong strong",
        "ipc_symbols": ["G06F9/50", "G06F9/48", "G06F9/54"],
        "cpc_symbols": ["G06N10/20", "G06N10/40"],
    }
    labels = classify(small.records(record), taxonomy)
    assert labels["score"].to_list() == [3.0 + 2.0 + 4 * 0.5 + 2 * 0.25 + 1.5 + 2 * 0.5 + 2 * 0.25]


def test_evidence_stands_in_the_record_where_it_says():
    record = {
        "record_id": "r",
        "title": "一種ＧＰＵ伺服器中的圖形處理器排程方法…",
        "abstract": "Warps of the graphics-processing unit are scheduled by age. Shaders wait.",
        "ipc_symbols": ["G06T 1/20"],
        "cpc_symbols": ["G06F 9/3887 (2018.01)", "G06Q10/06"],
    }
    labels = classify(small.records(record), SHIPPED)
    assert labels.filter(branch="chip.gpu")["level"].to_list() == ["core"]
    evidence = labels.filter(branch="chip.gpu")["evidence"].to_list()[0]
    texts = {"TI": record["title"], "AB": record["abstract"]}
    terms = [each for each in evidence if each["kind"] == "term"]
    for each in terms:
        assert texts[each["field"]][each["position"] :].startswith(each["value"])
    assert {"ＧＰＵ", "圖形處理器", "graphics-processing unit", "Warps"} <= {each["value"] for each in terms}
    codes = [(each["value"], each["field"], each["position"]) for each in evidence if each["kind"] == "code"]
    assert codes == [("G06T1/20", "IPC", 0), ("G06F9/3887", "CPC", 0)]


def test_a_candidate_shows_the_terms_it_rests_on():
    evidence = classify(small.records({"title": "一种类脑芯片"}), SHIPPED)["evidence"].to_list()[0]
    assert evidence == [{"kind": "term", "value": "类脑芯片", "field": "TI", "position": 2}]


@pytest.mark.parametrize(
    ("title", "codes", "expected"),
    [
        ("bad strong", ["G06N10/20"], "excluded by TI:bad"),
        ("strong", ["G06Q10/06"], "core lacks IC:G06N10"),
        ("strong", [], "core lacks IC:G06N10 (unknown: the record has no usable symbol)"),
        ("plain", ["G06N10/20"], "core lacks TA:@S; related lacks TI:zzz"),
        ("strong nope", ["G06N10/20"], "core lacks NOT (TI:nope)"),
    ],
)
def test_why_not_names_the_clause_that_failed(title, codes, expected):
    rule = "(TA:@S AND IC:G06N10 AND NOT TI:nope) OR (TI:x AND TI:y AND TI:z AND TI:w)"
    taxonomy = small.taxonomy(small.branch(rule, "TI:zzz", "TI:bad"))
    verdict = explain({"title": title, "cpc_symbols": codes}, taxonomy)[0]
    assert expected in verdict.why_not


@pytest.mark.parametrize(
    ("title", "abstract", "codes", "expected"),
    [
        (
            "strong",
            "",
            [],
            "core lacks IC:G06N10 (unknown: the record has no usable symbol); text_core lacks TA:host; related lacks TI:zzz",
        ),
        (
            "zzz host",
            "",
            [],
            "core lacks TA:@S, IC:G06N10 (unknown: the record has no usable symbol); text_core lacks TI:@S",
        ),
        ("strong host", "", ["G06Q10/06"], "core lacks IC:G06N10; related lacks TI:zzz"),
        ("bad strong host", "", [], "excluded by TI:bad"),
        ("strong host", "", [], ""),
    ],
)
def test_why_not_speaks_of_text_core_where_it_was_tried(title, abstract, codes, expected):
    record = {"title": title, "abstract": abstract, "cpc_symbols": codes}
    assert explain(record, small.taxonomy(TEXT_CORE))[0].why_not == expected


def test_a_core_label_has_no_why_not_and_explain_agrees_with_classify():
    record = {"title": "Quantum circuit compiler", "cpc_symbols": ["G06N10/20"], "abstract": "qubits on a chip"}
    labels = classify(small.records(record), SHIPPED)
    verdicts = explain(record, SHIPPED)
    assert [each.branch for each in verdicts] == sorted(branch.id for branch in SHIPPED.branches)
    explained = [(v.branch, v.level, v.score, v.is_primary) for v in verdicts if v.level]
    assert explained == labels.select("branch", "level", "score", "is_primary").rows()
    assert all(bool(v.why_not) == (v.level != "core") for v in verdicts)


@pytest.mark.parametrize(
    "abstract",
    [
        "量子线路" * 250_000,
        "GPU " * 250_000,
        "server fan " * 90_000,
        "\x00\x01\x1b[0m\u200b\ufeff" * 1000 + "GPU",
        "a" * 1_000_000,
        "\u0301" * 10_000 + "ﬁ" * 1000,
    ],
    ids=["zh", "en", "near", "control", "one token", "marks"],
)
def test_a_monstrous_abstract_is_classified(abstract):
    record = {"title": "图形处理器 GPU", "abstract": abstract, "cpc_symbols": ["G06T1/20", "H05K7/20836"]}
    labels = by_columns(small.records(record))
    assert "chip.gpu" in labels["branch"].to_list()
    assert labels["evidence"].list.len().max() < 200
    assert_frame_equal(labels, one_by_one(small.records(record)))


def test_frames_that_are_not_as_said_are_refused():
    with pytest.raises(ContractError, match="claims"):
        classify(small.records({"title": "x"}).drop("claims"), SHIPPED)
    with pytest.raises(ContractError, match="record_id"):
        classify(small.records({"record_id": "a"}, {"record_id": "a"}), SHIPPED)
    with pytest.raises(ContractError, match="record_id"):
        classify(small.records({"record_id": None}), SHIPPED)


def test_a_broken_query_stops_before_any_record_is_read():
    with pytest.raises(QueryError, match="branch top.sub: rules.core, line 1, column 4"):
        classify(small.records({"title": "x"}), small.taxonomy(small.branch("TI:@GONE")))


def test_no_records_give_no_labels():
    assert dict(one_by_one(small.records()).schema) == LABELS
    assert dict(by_columns(small.records()).schema) == LABELS
    assert dict(by_columns(small.records({"title": None})).schema) == LABELS


# Generated records are made of what the rules look for, spelt in many ways, between words they do not look for.
NOISE = ["一种", "方法", "装置", "的", "与", "系统", "电容器", "明显存在", "显存", "容器", "点云"]
NOISE += ["method", "for", "a", "system", "of", "the", "and", "data", "network", "processing circuitry"]
DRESS = [str, str.upper, str.title, lambda text: text.replace(" ", "-"), lambda text: text.replace(" ", "\u3000")]


@cache
def searched() -> tuple[list[str], list[str]]:
    queries = parse_taxonomy(SHIPPED)
    terms = [" ".join(word.text for word in words) for words in Matcher(queries).index.sequences]
    patterns = {pattern.rstrip("$") for query in queries.branches for pattern in (*query.codes_a, *query.codes_b)}
    symbols = [pattern if "/" in pattern else f"{pattern}/00" for pattern in sorted(patterns) if len(pattern) > 4]
    return terms, [symbol for symbol in symbols if symbol[-2] != "/"] + ["G06N", "G06Q10/06", "A61B5/00", "G06N3/0495"]


def generated(rng: random.Random) -> dict:
    terms, symbols = searched()

    def text(length: int) -> str:
        pieces = [
            rng.choice(DRESS)(rng.choice(terms)) if rng.random() < 0.3 else rng.choice(NOISE) for _ in range(length)
        ]
        return rng.choice([" ", "", ", "]).join(pieces)

    return {
        "title": text(rng.randrange(6)),
        "abstract": text(rng.randrange(40)) if rng.random() < 0.8 else None,
        "claims": text(rng.randrange(20)) if rng.random() < 0.2 else None,
        "ipc_symbols": rng.sample(symbols, rng.randrange(3)),
        "cpc_symbols": rng.sample(symbols, rng.randrange(5)),
    }


def with_text_core(taxonomy: Taxonomy) -> Taxonomy:
    """Every branch decides by a text rule of its own, whatever its file says."""
    rule = "TI:@{0} OR (TA#2:@{0} AND NOT AB:(method | 方法))"
    branches = tuple(
        replace(branch, rules={**branch.rules, "text_core": rule.format(branch.strong_terms)})
        for branch in taxonomy.branches
    )
    return replace(taxonomy, branches=branches)


def by_columns(frame: pl.DataFrame, taxonomy: Taxonomy = SHIPPED) -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transforms.classify, "FEW_RECORDS", 0)
        return classify(frame, taxonomy)


def one_by_one(frame: pl.DataFrame, taxonomy: Taxonomy = SHIPPED) -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transforms.classify, "FEW_RECORDS", frame.height)
        return classify(frame, taxonomy)


def assert_agreement(frame: pl.DataFrame, taxonomy: Taxonomy = SHIPPED) -> int:
    """Compare both ways of classifying with the oracle; returns the number of labels that all three give."""
    labels = by_columns(frame, taxonomy)
    assert_frame_equal(labels, one_by_one(frame, taxonomy))
    found = {(record, branch): level for record, branch, level in labels.select("record_id", "branch", "level").rows()}
    queries = parse_taxonomy(taxonomy)
    expected = {
        (record["record_id"], branch): level
        for record in frame.iter_rows(named=True)
        for branch, level in oracle.levels(record, queries).items()
    }
    assert found == expected
    return len(found)


def test_levels_agree_with_the_oracle_on_generated_records():
    rng = random.Random(20260101)
    frame = small.records(*(generated(rng) for _ in range(ORACLE_RECORDS)))
    assert assert_agreement(frame) > ORACLE_RECORDS / 4


def test_levels_of_records_without_symbols_agree_with_the_oracle():
    rng = random.Random(20260102)
    bare = ({**generated(rng), "ipc_symbols": [], "cpc_symbols": rng.choice([None, [], ["G06N"]])} for _ in range(50))
    assert assert_agreement(small.records(*bare, *(generated(rng) for _ in range(20))), with_text_core(SHIPPED)) > 20


RANDOM_FACTS = ["G06N", "G06N3/04", "G06N3/049", "G06N3/0495", "G06F9/50", "H10N70/00"]


# What the two ways read differently: signs that fold to letters, to several, or with their neighbours.
ODD = [
    *"，。（…™İŉßẞ々〇ⅢＧ℃坏覆圖ｶﾞ가각é½ﬁ",
    "\u0301",
    "\u200b",
    "\u00a0",
    "\U00020000",
    "毛坏",
    "回覆",
    "量子ビット",
    "양자",
]


def roughened(rng: random.Random, text: str | None) -> str | None:
    for _ in range(rng.randrange(4) if text else 0):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(ODD) + text[at:]
    return text


def test_by_columns_and_one_by_one_give_the_same_labels_and_evidence():
    rng = random.Random(20260103)
    rows = []
    for _ in range(trials(100, 5_000)):
        row = generated(rng)
        row |= {name: roughened(rng, row[name]) for name in ("title", "abstract", "claims")}
        row["ipc_symbols"] = rng.choice([None, row["ipc_symbols"], [None, "G06F 9/50", "rubbish", "G06F0009500000"]])
        rows.append(row)
    frame = small.records(*rows)
    labels = by_columns(frame)
    assert labels.height > len(rows) / 4
    assert_frame_equal(labels, one_by_one(frame))


def test_batches_change_nothing(monkeypatch):
    rng = random.Random(20260104)
    frame = small.records(*(generated(rng) for _ in range(100)))
    labels = by_columns(frame)
    monkeypatch.setattr(transforms.classify, "BATCH_ROWS", 7)
    assert_frame_equal(by_columns(frame), labels)


@settings(max_examples=trials(40, 1000), deadline=None)
@given(st.integers(0, 2**32))
def test_levels_of_random_rules_agree_with_the_oracle(seed):
    """Record by record and by columns, whatever the rules look like."""
    rng = random.Random(seed)
    text_rule = f"TI:{random_atom(rng, 2)} AND NOT AB:{random_atom(rng, 2)}"
    rules = [random_rule(rng, 3), random_rule(rng, 2), rng.choice([None, random_rule(rng, 1)])]
    strong = {"blocks": {"S": Block("text", tuple(rng.sample(TERMS, 2)))}}
    branches = (
        small.branch(*rules, id="top.a", text_core=rng.choice([None, text_rule]), **strong),
        small.branch(*rules[::-1][1:], id="top.b"),
    )
    rows = []
    for _ in range(10):
        symbols = [rng.sample(RANDOM_FACTS, rng.randrange(3)), rng.sample(RANDOM_FACTS, rng.randrange(2))]
        texts = [" ".join(rng.choices([*WORDS, "strong"], k=rng.randrange(9))) for _ in range(3)]
        columns = ["title", "abstract", "claims", "ipc_symbols", "cpc_symbols"]
        rows.append(dict(zip(columns, [*texts, *symbols], strict=True)))
    assert_agreement(small.records(*rows), small.taxonomy(*branches, masks=("abc b", "边云")))


def real_records(folder: Path) -> pl.DataFrame:
    rows = {}
    for path in sorted((folder / "details").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows |= {row["publication_number"]: row for row in csv.DictReader(lines)}
    chosen = random.Random(20260101).sample(list(rows.values()), min(ORACLE_RECORDS, len(rows)))
    codes = [ast.literal_eval(row["cpc_codes"] or "[]") for row in chosen]
    return small.records(
        *(
            {"title": row["title"], "abstract": row["abstract"], "cpc_symbols": symbols}
            for row, symbols in zip(chosen, codes, strict=True)
        )
    )


def test_levels_agree_with_the_oracle_on_real_records():
    folder = REAL_DATA / "gp_faysal_ai"
    if not folder.is_dir():
        pytest.skip(f"no real records at {folder.name} (PATNAV_REAL_DATA names their folder)")
    assert assert_agreement(real_records(folder)) > 0


def test_the_order_of_rows_changes_nothing():
    rng = random.Random(7)
    frame = small.records(*(generated(rng) for _ in range(300)))
    labels = classify(frame, SHIPPED)
    assert labels.height > 50
    assert_frame_equal(labels, classify(frame.sample(fraction=1.0, shuffle=True, seed=1), SHIPPED))
    halves = [classify(half, SHIPPED) for half in (frame[:150], frame[150:])]
    assert_frame_equal(labels, pl.concat(halves).sort("record_id", "branch"))


def test_labels_of_a_shuffled_taxonomy_are_the_same():
    rng = random.Random(8)
    frame = small.records(*(generated(rng) for _ in range(100)))
    turned = replace(SHIPPED, branches=SHIPPED.branches[::-1])
    assert_frame_equal(classify(frame, SHIPPED), classify(frame, turned))


def test_one_primary_per_record_with_a_core_or_related_label():
    rng = random.Random(9)
    labels = classify(small.records(*(generated(rng) for _ in range(300))), SHIPPED)
    per_record = labels.group_by("record_id").agg(
        pl.col("is_primary").sum().alias("primaries"),
        (pl.col("level") != "candidate").any().alias("has_label"),
        (pl.col("level") == "core").any().alias("has_core"),
        pl.col("level").filter("is_primary").first().alias("primary_level"),
    )
    assert per_record.filter(pl.col("primaries") != pl.col("has_label").cast(pl.UInt32)).is_empty()
    assert per_record.filter(pl.col("has_core") & (pl.col("primary_level") != "core")).is_empty()
    assert not per_record.filter("has_core").is_empty()
