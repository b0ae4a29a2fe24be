import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.oracle import SIMPLIFIER, cut, is_han
from transforms.texts import fold, line_of, token_line, token_offsets, tokens, tokens_in


def words(text: str) -> list[str]:
    return tokens(fold(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPU服务器", ["GPU", "服", "务", "器"]),
        ("ＧＰＵ　集群", ["GPU", "集", "群"]),
        ("CPU－GPU", ["CPU", "GPU"]),  # U+FF0D
        ("co‐process co–process co—process co−process co_process", ["co", "process"] * 5),
        ("in-memory\tcomputing\x00macro\x1b[0m", ["in", "memory", "computing", "macro", "0m"]),
        ("2.5D封装", ["2", "5D", "封", "装"]),
        ("記憶體內運算", ["记", "忆", "体", "内", "运", "算"]),
        ("边缘，计算。", ["边", "缘", "计", "算"]),
        ("Straße ﬁbre H₂O", ["Straße", "fibre", "H2O"]),
        ("", []),
    ],
)
def test_tokens_are_han_characters_and_runs(text, expected):
    assert words(text) == expected


def test_traditional_text_folds_to_simplified():
    assert fold("類神經網路處理器") == fold("类神经网路处理器")


@settings(deadline=None)
@given(st.text())
def test_tokens_agree_with_a_walk_over_characters(text):
    assert words(text) == cut(text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_cuts_as_the_long_way(text):
    assert words(text) == words("云" + text)[1:]


# What the short ways of fold and token_line treat apart, beside letters whose case folding is longer than they are.
MIXED = [
    "GPU",
    "ＧＰＵ",
    "服务器",
    "服務器",
    "類",
    "，",
    "。",
    "（",
    "：",
    "—",
    "…",
    "\u3000",
    " ",
    "-",
    "İ",
    "ΐ",
    "ß",
    "カ",
]
MIXED += ["é", "e\u0301", "ﬁ", "①", "゛", "々", "〇", "\uf900", "\U00020000", "1", "_", "\x00"]


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(MIXED)).map("".join)))
def test_folding_is_nfkc_then_simplified(text):
    assert fold(text) == SIMPLIFIER.convert(unicodedata.normalize("NFKC", text))


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(st.characters(max_codepoint=127)), st.lists(st.sampled_from(MIXED)).map("".join)))
def test_a_line_of_tokens_parts_them_by_spaces_unless_both_are_han(text):
    expected = " "
    for token in words(text):
        if is_han(token[0]):
            expected = (expected.lstrip() if expected == " " else expected) + token
        else:
            expected = expected.removesuffix(" ") + f" {token.casefold()} "
    line = token_line(text)
    assert (line or b" ") == expected.encode()
    assert tokens_in(line) == len(words(text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("In-memory  computing!", " in memory computing "),
        ("神经 网络，GPU/服务器", "神经网络 gpu 服务器"),
        ("CPU GPU", " cpu gpu "),
        ("類（IT）設備", "类 it 设备"),
        (" - ", " "),
        ("，", ""),
    ],
)
def test_lines_of_tokens(text, line):
    assert token_line(text) == line.encode()
    assert line_of(words(text)).casefold() == line.strip() or line_of(words(text)).casefold() == line


@settings(deadline=None)
@given(st.text())
def test_every_token_has_a_place_in_the_text_as_given(text):
    offsets = token_offsets(text)
    assert len(offsets) == len(words(text))
    assert all(0 <= start < end <= len(text) for start, end in offsets)
    assert [start for start, _ in offsets] == sorted(start for start, _ in offsets)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["GPU", "ＧＰＵ", "服务器", "服務器", " ", "…", "½", "é", "e\u0301", "ﬁ", "㈱", "-"])))
def test_the_place_of_a_token_holds_its_text(pieces):
    text = "".join(pieces)
    for (start, end), token in zip(token_offsets(text), words(text), strict=True):
        assert token in fold(text[start:end])


def test_a_shift_by_folding_does_not_move_later_tokens():
    text = "……ＧＰＵ㈱显卡"
    places = {text[start:end] for start, end in token_offsets(text)}
    assert {"ＧＰＵ", "显", "卡"} <= places
