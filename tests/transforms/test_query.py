import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.branches import Block, load_taxonomy
from schemas.errors import QueryError
from tests.transforms import oracle, small
from transforms.matching import Matcher, disjoint, near_spans
from transforms.query import (
    AllOf,
    AnyOf,
    Near,
    Not,
    OneOf,
    Operand,
    Term,
    _parsed_operand,
    _term_of_words,
    parse_operand,
    parse_rule,
    parse_taxonomy,
)
from transforms.texts import TOKEN

BLOCKS = {"S": OneOf((parse_operand("strong", "test"),)), "B": ("G06F", "H04L")}


def matches(rule: str, masks: tuple[str, ...] = (), **record) -> bool | None:
    taxonomy = small.taxonomy(small.branch(rule), masks=masks)
    queries = parse_taxonomy(taxonomy)
    matcher = Matcher(queries)
    test = matcher.test(queries.branches[0].core)
    texts = {"TI": record.get("title"), "AB": record.get("abstract"), "CL": record.get("claims")}
    return test(matcher.view(texts, record.get("ipc", []), record.get("cpc", ["G06Q10/06"])))


def test_a_slash_of_an_input_method_is_one() -> None:
    near = parse_operand("memory NEAR／３ compute", "test")
    assert isinstance(near, Near) and near.gap == 3
    assert matches("TI:a NEAR／1 b", title="b x a")
    assert matches("IC:G06N10／20", ipc=["G06N10/20"])


@pytest.mark.parametrize(
    "operator", ["ＮＥＡＲ/3", "ＮＥＡＲ／３", "Near/3", "near/3", "ＮＥＡＲ", "ＡＮＤ", "ＯＲ", "ＮＯＴ"]
)
def test_an_operator_that_would_read_as_a_word_is_refused(operator: str) -> None:
    for text in (f"memory {operator} compute", f"(memory {operator} compute | x)", f'"memory {operator} compute"'):
        with pytest.raises(QueryError, match="in plain capital letters"):
            parse_operand(text, "test")
    with pytest.raises(QueryError, match="branch top.sub: rules.core"):
        matches(f"TA:memory {operator} compute")


@pytest.mark.parametrize(
    "phrase", ["near field", "Near infrared", "search and rescue", "near/far", "ＮＥＡＲＥＳＴ node", "ａ and b"]
)
def test_words_that_are_spelt_like_operators_stay_words(phrase: str) -> None:
    assert isinstance(parse_operand(phrase, "test"), Term)
    assert matches(f"TI:{phrase}", title=phrase)


def test_not_binds_before_and_and_before_or():
    tree = parse_rule("TI:a OR TI:b AND NOT TI:c", BLOCKS, "test")
    assert isinstance(tree, AnyOf)
    assert isinstance(tree.parts[1], AllOf)
    assert isinstance(tree.parts[1].parts[1], Not)


def test_bare_words_form_a_phrase_and_near_takes_whole_phrases():
    near = parse_operand("in memory process* NEAR/25 (DRAM | bank*)", "test")
    assert isinstance(near, Near)
    assert near.gap == 25
    assert isinstance(near.left, Term)
    assert [word.text for word in near.left.words] == ["in", "memory", "process"]
    assert [word.is_prefix for word in near.left.words] == [False, False, True]


@pytest.mark.parametrize(
    ("rule", "place", "field"),
    [
        ("TI:@S AND (TA:x\n  OR NOT ICF:G06N) AND IC:@B", "line 2, column 10", "ICF"),
        ("IC:@B", "line 1, column 1", "IC"),
    ],
)
def test_a_code_clause_in_text_core_is_an_error(rule, place, field):
    taxonomy = small.taxonomy(small.branch("TI:@S", text_core=rule))
    with pytest.raises(QueryError) as caught:
        parse_taxonomy(taxonomy)
    assert caught.value.where == f"branch top.sub: rules.text_core, {place}"
    assert caught.value.found == f"the code field {field}:"
    assert "a text field" in caught.value.expected
    assert "without symbols" in caught.value.remedy


def test_a_branch_may_go_without_text_core():
    assert parse_taxonomy(small.taxonomy(small.branch("TI:@S"))).branches[0].text_core is None


def test_full_width_signs_are_the_plain_ones():
    assert matches("TA：（显卡｜“图形 处理器”）", title="图形处理器")


@pytest.mark.parametrize(
    ("rule", "place", "expected"),
    [
        ("TI:@S AND", "line 1, column 10", "a text field"),
        ("TI:@S TI:x", "line 1, column 7", "AND"),
        ("TI:(a | b", "line 1, column 10", ")"),
        ("TI:(a |\n  | b)", "line 2, column 3", "a word"),
        ("IC:G6N", "line 1, column 4", "G06N10/20"),
        ("IC:(G06N10/20x)", "line 1, column 5", "G06N10/20"),
        ("XX:a", "line 1, column 1", "a text field"),
        ("TI:a NEAR b", "line 1, column 6", "NEAR/n"),
        ("TI:a or TI:b", "line 1, column 9", "OR"),
        ("TI#0:a", "line 1, column 3", "#1"),
        ("TI:--", "line 1, column 4", "something to search for"),
        ("TI:comp*ter", "line 1, column 4", "* at the end"),
        ("TI:*puter", "line 1, column 4", "* at the end"),
        ("TI:@Q", "line 1, column 4", "@S"),
        ("IC:@S", "line 1, column 4", "@B"),
        ("TI:@B", "line 1, column 4", "@S"),
        ("", "line 1, column 1", "NOT"),
        ('TI:"a b', "line 1, column 4", 'a "phrase"'),
        ('TI:(x | "cooling NEAR/3 fan")', "line 1, column 18", "between terms"),
        ('TI:"cooling\n  NEAR fan"', "line 2, column 3", "between terms"),
        ("TI:＂散热 NEAR/3 风扇＂", "line 1, column 8", "between terms"),
        ('TI:"NEAR/3 fan"', "line 1, column 5", "between terms"),
    ],
)
def test_an_error_names_branch_key_place_and_what_was_expected(rule, place, expected):
    with pytest.raises(QueryError) as caught:
        parse_rule(rule, BLOCKS, "branch chip.gpu: rules.core")
    assert caught.value.where == f"branch chip.gpu: rules.core, {place}"
    assert expected in caught.value.expected
    assert caught.value.found


def test_a_quoted_near_in_small_letters_is_a_word():
    assert matches('TI:"near field"', title="Near-field antenna")
    assert matches('TI:"NEAREST node"', title="nearest node")
    with pytest.raises(QueryError, match="NEAR/4 inside"):
        parse_operand('"cool* NEAR/4 fan"', "branch x: blocks.T")


def test_an_error_in_a_block_names_the_entry():
    broken = small.branch("TI:@S", blocks={"T": Block("text", ("fine", "cool* NEAR/ fan"))})
    with pytest.raises(QueryError) as caught:
        parse_taxonomy(small.taxonomy(broken))
    assert "branch top.sub: blocks.T 'cool* NEAR/ fan', line 1, column 7" in caught.value.where


def test_a_block_cannot_call_a_block():
    with pytest.raises(QueryError, match="no block @S"):
        parse_operand("@S", "branch x: blocks.T")


@pytest.mark.parametrize(
    ("rule", "record", "expected"),
    [
        ("TI:GPU", {"title": "GPU服务器"}, True),
        ("TI:gpu", {"title": "一种ＧＰＵ卡"}, True),
        ("TI:GPU", {"title": "GPUs"}, False),
        ("TI:GPU*", {"title": "GPUs"}, True),
        ("TI:=MPI", {"title": "mpi"}, False),
        ("TI:=MPI", {"title": "MPI接口"}, True),
        ("TI:cloud edge", {"title": "Cloud-edge cooperation"}, True),
        ('TI:"cloud edge"', {"title": "edge cloud"}, False),
        ("TI:CPU GPU", {"title": "CPU－GPU"}, True),  # U+FF0D
        ("TI:神经网络", {"title": "類神經網路、神經網路與神经 网络"}, True),
        ("TI:a", {"abstract": "a"}, False),
        ("TA:a", {"abstract": "a"}, True),
        ("TAC:a", {"claims": "a"}, True),
        ("CL:a", {"claims": None}, False),
        ("TA#2:a", {"title": "a", "abstract": "a"}, True),
        ("TA#2:a", {"title": "a"}, False),
        ("TI#2:(量子 | 量子线路)", {"title": "量子线路"}, False),  # one place is one occurrence
        ("TI#2:(量子 | 线路)", {"title": "量子线路"}, True),
        ("TI:a NEAR/1 b", {"title": "a x b"}, True),
        ("TI:a NEAR/1 b", {"title": "b x a"}, True),
        ("TI:a NEAR/1 b", {"title": "a x x b"}, False),
        ("TI:a NEAR/0 a", {"title": "a"}, False),
        ("TI:服务器 NEAR/8 散热", {"title": "服务器机柜的高效散热"}, True),
        ("TA:a NEAR/5 b", {"title": "a", "abstract": "b"}, False),
        ("TAC:a NEAR/5 b", {"abstract": "a", "claims": "b"}, False),
        ("TA:a NEAR/5 b", {"title": "x", "abstract": "b a"}, True),
        ("TI:a AND NOT TI:b", {"title": "a"}, True),
        ("TI:(a | b NEAR/2 (c | d e))", {"title": "d e x b"}, True),
    ],
)
def test_text_clauses(rule, record, expected):
    assert matches(rule, **record) is expected


def test_masks_hide_terms_and_keep_distances():
    masks = ("电容器", "point cloud*")
    assert matches("TI:容器", masks, title="电容器老化试验") is False
    assert matches("TI:容器", masks, title="电容器与容器") is True
    assert matches("TI:cloud", masks, title="point clouds in the cloud") is True
    assert matches("TI:cloud", masks, title="point cloud") is False
    assert matches("TI:a NEAR/2 b", masks, title="a 电容器 b") is False
    assert matches("TI:a NEAR/3 b", masks, title="a 电容器 b") is True


@pytest.mark.parametrize(
    ("rule", "ipc", "cpc", "expected"),
    [
        ("IC:G06N3/049$", [], ["G06N3/0495"], False),
        ("IC:G06N3/049$", [], ["G06N3/049"], True),
        ("IC:G06N3/049", [], ["G06N3/0499"], True),
        ("IPC:G06F9/50", ["G06F9/50"], [], True),
        ("CPC:G06F9/50", ["G06F9/50"], [], False),
        ("IC:G06F9", ["G06F9/50"], [], True),
        ("ICF:G06F9", ["G06F9/50"], ["H04L67/10"], False),
        ("ICF:H04L67", ["G06F9/50"], ["H04L67/10"], True),
        ("ICF:G06F9", ["G06F9/50", "H04L67/10"], [], True),
        ("IC#2:G06F9", ["G06F9/50"], ["G06F9/50"], False),
        ("IC#2:G06F9", ["G06F9/50"], ["G06F9/48"], True),
        ("IC:G06N10", [], [], None),
        ("NOT IC:G06N10", [], [], None),
        ("IC:G06N", [], ["G06N"], None),  # a subclass alone says too little
        ("IC:G06N AND TI:x", [], [], False),
        ("IC:G06N OR TI:a", [], [], True),
        ("IC:G06N OR TI:x", [], [], None),
    ],
)
def test_code_clauses(rule, ipc, cpc, expected):
    assert matches(rule, title="a", ipc=ipc, cpc=cpc) is expected


def test_near_pairs_and_side_by_side_spans():
    assert sorted(near_spans([(0, 1)], [(1, 2), (2, 4), (5, 6)], 1)) == [(0, 2), (0, 4)]
    assert sorted(near_spans([(4, 5)], [(0, 2), (9, 10)], 2)) == [(0, 5)]
    assert disjoint([(0, 3), (1, 2), (2, 4), (4, 5)], 9) == [(1, 2), (2, 4), (4, 5)]
    assert disjoint([(0, 1), (1, 2), (2, 3)], 2) == [(0, 1), (1, 2)]


WORDS = ["a", "ab", "abc", "b", "A", "云", "边"]
TERMS = ["a", "a*", "ab", "ab*", "b", "=A", "=A*", "云", "云边", '"a b"', "a 云", '"b* a"', "边 a*"]


def random_operand(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.4:
        return rng.choice(TERMS)
    if rng.random() < 0.5:
        return f"{random_atom(rng, depth - 1)} NEAR/{rng.randrange(4)} {random_atom(rng, depth - 1)}"
    return random_atom(rng, depth)


def random_atom(rng: random.Random, depth: int) -> str:
    parts = [random_operand(rng, max(depth - 1, 0)) for _ in range(rng.randrange(1, 4))]
    return f"({' | '.join(parts)})"


def random_rule(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.3:
        if rng.random() < 0.3:
            field, count = rng.choice(["IPC", "CPC", "IC", "ICF"]), rng.choice(["", "#2"])
            return f"{field}{count}:({' | '.join(rng.sample(['G06N3', 'G06N3/04', 'G06N3/049$', 'G06F', 'H10'], 2))})"
        count = rng.choice(["", "", "#2", "#3"])
        return f"{rng.choice(['TI', 'AB', 'CL', 'TA', 'TAC'])}{count}:{random_operand(rng, 3)}"
    parts = [f"({random_rule(rng, depth - 1)})" for _ in range(rng.randrange(2, 4))]
    negated = [f"NOT {part}" if rng.random() < 0.3 else part for part in parts]
    return rng.choice([" AND ", " OR "]).join(negated)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_parser_and_matcher_agree_with_the_oracle_on_random_queries(seed):
    rng = random.Random(seed)
    rule = random_rule(rng, 3)
    queries = parse_taxonomy(small.taxonomy(small.branch(rule), masks=("abc b", "边云")))
    matcher = Matcher(queries)
    tests = {missing: matcher.test(queries.branches[0].core, missing) for missing in (None, False)}
    for _ in range(10):
        texts = [" ".join(rng.choices(WORDS, k=rng.randrange(9))) for _ in range(3)]
        symbols = [rng.choices(["G06N", "G06N3/04", "G06N3/049", "G06N3/0495", "G06F9/50", "H10N70/00"], k=2), []]
        rng.shuffle(symbols)
        record = dict(zip(["title", "abstract", "claims"], texts, strict=True))
        slow = oracle.Record(record | {"ipc_symbols": symbols[0], "cpc_symbols": symbols[1]}, queries.masks)
        view = matcher.view(dict(zip(["TI", "AB", "CL"], texts, strict=True)), *symbols)
        for missing, test in tests.items():
            assert test(view) == slow.truth(queries.branches[0].core, missing), (rule, record, symbols)


def by_parser(text: str) -> Operand | QueryError:
    try:
        return _parsed_operand(text, "test")
    except QueryError as error:
        return error


def test_a_shipped_entry_without_signs_is_read_as_the_parser_reads_it():
    taxonomy = load_taxonomy()
    blocks = [block for each in (taxonomy, *taxonomy.branches) for block in each.blocks.values()]
    entries = {entry for block in blocks if block.kind == "text" for entry in block.entries}
    by_words = {entry: term for entry in entries if (term := _term_of_words(entry))}
    assert 0.85 * len(entries) < len(by_words) < len(entries)
    for entry in random.Random(7).sample(sorted(by_words), 500):
        assert by_words[entry] == by_parser(entry), entry


PIECES = ["a", "CPU", "云", "云b", "é", "co-process*", "*", "a*b", "a*云", "=", "=A*", "_", "-", ",", "NEAR", "NEAR/3"]
PIECES += ["NEARLY", "AND", "or", "OR", "NOT", "TI", "IC", "TI:", "TAC", "#2", ":", "(", ")", "|", '"', "@S"]
PIECES += ["＊", "﹡", " ", "\u3000", "\x1c"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from(["", " "]))
def test_what_is_read_without_the_parser_the_parser_reads_alike(pieces, between):
    text = between.join(pieces)
    term = _term_of_words(text)
    assert term is None or term == by_parser(text), text


def test_every_shipped_query_parses_and_every_term_is_found_in_itself():
    queries = parse_taxonomy(load_taxonomy())
    matcher = Matcher(queries)
    assert len(matcher.index.sequences) > 1000
    for number, words in enumerate(matcher.index.sequences):
        text = " ".join(word.text for word in words)
        assert TOKEN.findall(text) == [word.text for word in words]
        assert (
            number in matcher.index.find(text)
            or matcher.index.masks & matcher.index._located(matcher.index.scan(text)).keys()
        )
