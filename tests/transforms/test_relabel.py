"""Labels carried over equal labels made anew, whatever has changed between."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.branches import Taxonomy
from schemas.errors import ContractError
from tests.conftest import trials
from tests.transforms import small
from transforms.classify import classify
from transforms.relabel import CONTENT, Judged, is_judged, relabel, with_content, without_needless_texts

RULES = ("TI:strong AND IC:G06N10", "TA:weak", "IC:G06F", "TI:(strong | 强) NEAR/2 weak", "TI:@S AND NOT IC:G06F9")
WORDS = st.lists(st.sampled_from(["strong", "weak", "强", "mask", "other"]), max_size=5).map(" ".join)
SYMBOLS = st.none() | st.lists(st.sampled_from(["G06N10/20", "G06F9/50", "G06N", "H05K7/20"]), max_size=3)


def versioned(branch):
    """Branches made in memory have no file: their version is that of what they consist of."""
    facts = {"rules": dict(branch.rules), "priority": branch.priority}
    return replace(branch, version=sha256(json.dumps(facts).encode()).hexdigest()[:12])


@st.composite
def branches(draw):
    rule, related = draw(st.sampled_from(RULES)), draw(st.sampled_from(RULES))
    text_core = draw(st.sampled_from([None, "TI:strong", "TA#2:weak"]))
    exclude = draw(st.sampled_from([None, "TI:other", "IC:H05K"]))
    return {
        "core": rule,
        "related": related,
        "exclude": exclude,
        "text_core": text_core,
        "priority": draw(st.integers(1, 2)),
    }


def taxonomy_of(chosen: dict[str, dict], version: str) -> Taxonomy:
    built = [versioned(small.branch(id=f"top.{name}", **rules)) for name, rules in chosen.items()]
    return replace(small.taxonomy(*built, masks=("mask weak",)), version=version)


TAXONOMIES = st.dictionaries(st.sampled_from("abc"), branches(), min_size=1)
RECORDS = st.lists(st.tuples(WORDS | st.none(), WORDS | st.none(), SYMBOLS, SYMBOLS), max_size=8)


def frame(rows, offset: int = 0) -> pl.DataFrame:
    names = ("title", "abstract", "ipc_symbols", "cpc_symbols")
    return small.records(
        *(dict(zip(names, row, strict=True)) | {"record_id": f"r{at + offset}"} for at, row in enumerate(rows))
    )


@settings(max_examples=trials(60, 1500))
@given(first=TAXONOMIES, second=TAXONOMIES, before=RECORDS, more=RECORDS, kept=st.integers(0, 8))
def test_labels_carried_over_equal_labels_made_anew(first, second, before, more, kept):
    earlier = relabel(frame(before), taxonomy_of(first, "1"))
    # The same ids with other contents, the same contents under other ids, and contents that have gone.
    after = frame(more + before[:kept], offset=1)
    taxonomy = taxonomy_of({**first, **second}, "2")
    found = relabel(after, taxonomy, earlier.judged)
    assert_frame_equal(found.labels, classify(after, taxonomy))
    assert found.records_anew + found.records_kept == after.height
    again = relabel(after, taxonomy, found.judged)
    assert_frame_equal(again.labels, found.labels)
    assert_frame_equal(again.judged.labels, found.judged.labels)
    assert (again.records_anew, again.branches_anew) == (0, ())
    assert is_judged(found.judged.labels, found.judged.versions)


@settings(max_examples=trials(40, 1500))
@given(first=TAXONOMIES, second=TAXONOMIES, before=RECORDS, more=RECORDS, is_same=st.booleans())
def test_what_is_left_out_of_known_records_changes_no_label(first, second, before, more, is_same):
    earlier = relabel(frame(before), taxonomy_of(first, "1")).judged
    taxonomy = taxonomy_of(first if is_same else second, "2")
    keyed = with_content(frame(more + before, offset=1))
    known = Judged(earlier.versions, earlier.labels.join(keyed, on=CONTENT, how="semi"))
    found = relabel(without_needless_texts(keyed, taxonomy, *told(earlier)), taxonomy, known)
    expected = relabel(frame(more + before, offset=1), taxonomy, earlier)
    assert_frame_equal(found.labels, expected.labels)
    assert_frame_equal(found.judged.labels, expected.judged.labels)
    assert (found.records_anew, found.records_kept) == (expected.records_anew, expected.records_kept)


def test_of_known_records_only_ids_and_keys_are_left_where_no_branch_has_changed():
    taxonomy = taxonomy_of({"a": BASE}, "1")
    keyed = with_content(frame([*ROWS, ("new", "new", None, None)]))
    known = relabel(frame(ROWS), taxonomy).judged
    left = without_needless_texts(keyed, taxonomy, *told(known))
    assert left.select("record_id", *CONTENT).equals(keyed.select("record_id", *CONTENT))
    assert left["title"].to_list() == [None, None, None, "new"]
    changed = taxonomy_of({"a": BASE | {"priority": 3}}, "2")
    assert without_needless_texts(keyed, changed, *told(known)).equals(keyed)


def told(judged: Judged) -> tuple[dict[str, str], pl.DataFrame]:
    """By which versions of the branches, and of which contents, as the label store tells them."""
    return judged.versions, judged.labels.select(CONTENT).unique(maintain_order=True)


BASE = {"core": "TI:strong AND IC:G06N10", "priority": 1}
OTHER = {"core": "TA:weak", "priority": 2}
ROWS = [("strong", "weak", None, ["G06N10/20"]), ("strong", "", None, []), ("other", None, None, None)]


def test_a_changed_branch_is_put_to_all_records_and_a_changed_record_to_all_branches(monkeypatch):
    calls = []

    def counting(records, taxonomy):
        calls.append((records["record_id"].to_list(), [branch.id for branch in taxonomy.branches]))
        return classify(records, taxonomy)

    monkeypatch.setattr("transforms.relabel.classify", counting)
    first = relabel(frame(ROWS), taxonomy_of({"a": BASE, "b": OTHER}, "1"))
    assert (first.records_anew, first.records_kept, first.branches_anew) == (3, 0, ("top.a", "top.b"))
    calls.clear()
    changed_record = [*ROWS[:2], ("strong weak", None, None, None)]
    changed_branch = taxonomy_of({"a": BASE, "b": OTHER | {"core": "TA:(weak | strong)"}}, "2")
    second = relabel(frame(changed_record), changed_branch, first.judged)
    assert calls == [(["r2"], ["top.a", "top.b"]), (["r0", "r1"], ["top.b"])]
    assert (second.records_anew, second.records_kept, second.branches_anew) == (1, 2, ("top.b",))
    assert_frame_equal(second.labels, classify(frame(changed_record), changed_branch))


def test_a_changed_branch_takes_the_primary_label_from_an_unchanged_one():
    first = relabel(frame(ROWS), taxonomy_of({"a": BASE, "b": OTHER | {"core": "TI:zzz"}}, "1"))
    assert first.labels.filter("is_primary").select("record_id", "branch").rows()[0] == ("r0", "top.a")
    taxonomy = taxonomy_of({"a": BASE, "b": OTHER | {"core": "TA:weak", "priority": 0}}, "2")
    second = relabel(frame(ROWS), taxonomy, first.judged)
    assert second.branches_anew == ("top.b",)
    assert second.labels.filter("is_primary").select("record_id", "branch").rows()[0] == ("r0", "top.b")


def test_a_branch_that_has_gone_leaves_no_label():
    both = relabel(frame(ROWS), taxonomy_of({"a": BASE, "b": OTHER}, "1"))
    alone = taxonomy_of({"a": BASE}, "2")
    found = relabel(frame(ROWS), alone, both.judged)
    assert_frame_equal(found.labels, classify(frame(ROWS), alone))
    assert found.records_kept == 3 and set(found.judged.versions) == {"top.a"}


def test_where_all_branches_have_changed_nothing_is_kept():
    first = relabel(frame(ROWS), taxonomy_of({"a": BASE}, "1"))
    found = relabel(frame(ROWS), taxonomy_of({"a": BASE | {"priority": 3}}, "2"), first.judged)
    assert (found.records_anew, found.records_kept) == (3, 0)


def test_the_content_of_a_record_is_all_that_is_read_of_it_but_its_id():
    row = {
        "title": "a", "abstract": "b", "claims": "c", "ipc_symbols": ["G06F9/50", "G06N10/20"], "cpc_symbols": ["H05K7/20"],
    }  # fmt: skip
    others = [
        row | {"title": "b", "abstract": "a"},
        row | {"title": ""},
        row | {"title": None},
        row | {"claims": None},
        row | {"claims": "c "},
        row | {"ipc_symbols": ["G06N10/20", "G06F9/50"]},
        row | {"ipc_symbols": None},
        row | {"ipc_symbols": []},
        row | {"ipc_symbols": ["H05K7/20"], "cpc_symbols": ["G06F9/50", "G06N10/20"]},
        row | {"cpc_symbols": ["H05K7/20", None]},
    ]
    found = with_content(small.records(row | {"record_id": "x"}, row | {"record_id": "y"}, *others))
    assert found.select(CONTENT).row(0) == found.select(CONTENT).row(1)
    for column in CONTENT:
        assert found[column].n_unique() == len(others) + 1


def test_what_cannot_be_labels_is_told_from_what_can():
    good = relabel(frame(ROWS), taxonomy_of({"a": BASE, "b": OTHER}, "1")).judged
    assert is_judged(good.labels, good.versions)
    named = pl.col("branch").is_not_null()
    broken = [
        good.labels.drop("score"),
        good.labels.with_columns(pl.col("score").cast(pl.Float32)),
        good.labels.with_columns(pl.when(named).then(pl.lit("top.z")).alias("branch")),
        good.labels.with_columns(pl.when(named).then(pl.lit("sure")).alias("level")),
        good.labels.with_columns(pl.lit(None, pl.String).alias("level")),
        good.labels.with_columns(pl.lit(None, pl.Float64).alias("score")),
        good.labels.with_columns(pl.lit(None, pl.UInt64).alias("content_2")),
        pl.concat([good.labels, good.labels]),
        pl.concat([good.labels, good.labels.filter(named).with_columns(pl.lit(None, pl.String).alias("branch"))]),
    ]
    assert not any(is_judged(frame, good.versions) for frame in broken)
    assert not is_judged(good.labels, {"top.a": "x"})


@pytest.mark.parametrize("broken", [lambda f: f.drop("claims"), lambda f: pl.concat([f, f])])
def test_records_that_are_not_as_said_are_refused(broken):
    with pytest.raises(ContractError, match="records to label"):
        relabel(broken(frame(ROWS)), taxonomy_of({"a": BASE}, "1"))


def test_an_empty_memory_is_none_at_all():
    taxonomy = taxonomy_of({"a": BASE}, "1")
    empty = relabel(frame([]), taxonomy)
    assert empty.labels.is_empty() and empty.judged.labels.is_empty()
    found = relabel(frame(ROWS), taxonomy, Judged(empty.judged.versions, empty.judged.labels))
    assert found.records_anew == 3
