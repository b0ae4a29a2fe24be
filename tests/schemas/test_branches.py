import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from schemas.branches import BRANCH_TABLE, SHIPPED_TAXONOMY, branch_table, load_taxonomy
from schemas.errors import TaxonomyError

TREE = """
schema = "icpn-taxonomy/1"
version = "1.0.0"

[[tiers]]
id = "food"
level = 1
zh = "食品机械"
en = "Food machinery"
origin = "seed"

[[tiers]]
id = "oven"
level = 2
parent = "food"
zh = "烘焙设备"
en = "Baking"
origin = "reconstructed"
reason = "made up for a test"
"""
SHARED = """
[masks]
en = ["oven glove*"]

[blocks]
FOOD = ["A21"]

[scoring]
core_level = 3.0
title_term = 2.0
abstract_term_each = 0.5
abstract_terms_max = 4
claim_term_each = 0.25
claim_terms_max = 4
first_code_in_a = 1.5
each_code_in_a = 0.5
codes_in_a_max = 3
each_code_in_b = 0.25
codes_in_b_max = 2
"""
BRANCH = """
id = "{id}"
parent = "oven"
zh = "披萨炉"
en = "Pizza ovens"
origin = "seed"
hot_in_seed = false
priority = 1
definition_zh = "烤制披萨的炉具。"
definition_en = "Ovens that bake pizza."
scope_in = "炉膛"
scope_out = "微波炉"

[blocks]
A = ["A21B1/00"]
B = ["A21B", "F24C"]

[blocks.S]
zh = ["披萨炉"]
en = ["pizza oven*"]

[rules]
core = "TI:@S AND IC:@FOOD"
related = "TA:@S"

[scoring]
terms = "S"
codes_a = "A"
codes_b = "B"

[[examples]]
title = "Pizza oven with two decks"
abstract = "Each deck has a burner of its own."
codes = ["A21B1/00"]
level = "core"
language = "en"
why = "the subject"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_tree.toml").write_text(TREE, encoding="utf-8")
    (tmp_path / "_shared.toml").write_text(SHARED, encoding="utf-8")
    for branch in ("oven.pizza", "oven.bread"):
        (tmp_path / f"{branch}.toml").write_text(BRANCH.format(id=branch), encoding="utf-8")
    return tmp_path


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_tree_has_three_eight_and_eighteen():
    taxonomy = load_taxonomy()
    assert Counter(tier.level for tier in taxonomy.tiers) == {1: 3, 2: 8}
    assert len(taxonomy.branches) == 18
    assert {branch.parent for branch in taxonomy.branches} == {tier.id for tier in taxonomy.tiers if tier.level == 2}
    assert len(list(SHIPPED_TAXONOMY.glob("[!_]*.toml"))) == 18


def test_the_hot_branches_are_those_the_seed_names():
    hot = {branch.zh for branch in load_taxonomy().branches if branch.is_hot_in_seed}
    assert hot == {"云原生", "GPU", "专用AI芯片", "存算一体基础器件", "三维封装", "量子电路", "神经形态器件"}


def test_what_the_seed_does_not_name_has_a_reason():
    taxonomy = load_taxonomy()
    for each in (*taxonomy.tiers, *taxonomy.branches):
        assert each.origin == "seed" or each.reason


@pytest.mark.parametrize("branch", load_taxonomy().branches, ids=lambda branch: branch.id)
def test_every_branch_has_examples_on_both_sides_in_both_languages(branch):
    sides = Counter((example.level != "none", example.language) for example in branch.examples)
    matching = sides[True, "zh"] + sides[True, "en"]
    assert matching >= 5
    assert len(branch.examples) - matching >= 5
    assert {(True, "zh"), (True, "en"), (False, "zh"), (False, "en")} <= set(sides)


def test_branch_table_has_a_row_per_branch():
    table = branch_table()
    assert dict(table.schema) == BRANCH_TABLE
    assert table.height == table["branch"].n_unique() == 18
    gpu = table.filter(branch="chip.gpu").row(0, named=True)
    assert (gpu["tier1"], gpu["tier2"], gpu["tier1_title_zh"]) == ("part", "chip", "核心计算部件")
    assert gpu["is_hot_in_seed"]
    assert table.null_count().transpose().sum().item() == 0


def test_another_industry_is_another_folder(folder):
    taxonomy = load_taxonomy(folder)
    assert [branch.id for branch in taxonomy.branches] == ["oven.bread", "oven.pizza"]
    assert taxonomy.version.startswith("1.0.0+")
    assert taxonomy.masks == ("oven glove*",)
    assert branch_table(taxonomy).select(pl.col("tier1_title_zh").unique()).item() == "食品机械"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('[masks]\nen = ["oven glove*"]\n', ""),
        ('en = ["oven glove*"]', ""),
        ('en = ["oven glove*"]', "en = []"),
        ('en = ["oven glove*"]', "en = []\nzh = []"),
    ],
)
def test_an_industry_may_have_no_masks(folder, old, new):
    change(folder, "_shared.toml", old, new)
    assert load_taxonomy(folder).masks == ()


@pytest.mark.parametrize("new", ["", "[blocks]\n"])
def test_an_industry_may_have_no_shared_blocks(folder, new):
    change(folder, "_shared.toml", '[blocks]\nFOOD = ["A21"]\n', new)
    for branch in ("oven.pizza", "oven.bread"):
        change(folder, f"{branch}.toml", "IC:@FOOD", "IC:@B")
    assert load_taxonomy(folder).blocks == {}


def test_one_language_may_have_masks_and_another_none(folder):
    change(folder, "_shared.toml", 'en = ["oven glove*"]', 'en = ["oven glove*"]\nzh = []')
    assert load_taxonomy(folder).masks == ("oven glove*",)


def test_an_example_may_be_a_title_alone(folder):
    change(folder, "oven.pizza.toml", 'abstract = "Each deck has a burner of its own."\n', "")
    assert load_taxonomy(folder).branch("oven.pizza").examples[0].abstract == ""


def test_a_branch_file_may_have_a_rule_for_records_without_symbols(folder):
    change(folder, "oven.pizza.toml", "related =", 'text_core = "TI:@S"\nrelated =')
    taxonomy = load_taxonomy(folder)
    assert taxonomy.branch("oven.pizza").rules["text_core"] == "TI:@S"
    assert list(taxonomy.branch("oven.bread").rules) == ["core", "related"]


def test_the_version_follows_the_content_and_nothing_else(folder, tmp_path_factory):
    version = load_taxonomy(folder).version
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "taxonomy"
    shutil.copytree(folder, elsewhere)
    change(elsewhere, "oven.pizza.toml", 'id = "oven.pizza"', '# a remark\nid = "oven.pizza"')
    assert load_taxonomy(elsewhere).version == version
    change(elsewhere, "oven.pizza.toml", "TA:@S", "TI:@S")
    assert load_taxonomy(elsewhere).version != version
    assert len(version.split("+")[1]) == 12


def branch_versions(folder: Path) -> dict[str, str]:
    return {branch.id: branch.version for branch in load_taxonomy(folder).branches}


def changed_by(folder: Path, file: str, old: str, new: str) -> set[str]:
    before = branch_versions(folder)
    change(folder, file, old, new)
    return {branch for branch, version in branch_versions(folder).items() if version != before[branch]}


def test_a_branch_has_a_version_of_its_own(folder):
    assert len(set(branch_versions(folder).values())) == 2
    assert all(len(version) == 12 for version in branch_versions(folder).values())
    assert len({branch.version for branch in load_taxonomy().branches}) == 18


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("oven.pizza.toml", "TI:@S AND", "TA:@S AND", {"oven.pizza"}),
        ("oven.pizza.toml", '["披萨炉"]', '["披萨炉", "披萨烤箱"]', {"oven.pizza"}),
        ("oven.pizza.toml", 'id = "oven.pizza"', '# a remark\nid = "oven.pizza"', set()),
        ("_shared.toml", 'FOOD = ["A21"]', 'FOOD = ["A21", "A23"]', {"oven.bread", "oven.pizza"}),
        ("_shared.toml", 'FOOD = ["A21"]', 'FOOD = ["A21"]\nDRINK = ["A23F"]', set()),
        ("_shared.toml", '["oven glove*"]', '["oven glove*", "oven cloth*"]', {"oven.bread", "oven.pizza"}),
        ("_shared.toml", "core_level = 3.0", "core_level = 4.0", {"oven.bread", "oven.pizza"}),
        ("_tree.toml", 'version = "1.0.0"', 'version = "1.0.1"', set()),
        ("_tree.toml", 'en = "Baking"', 'en = "Bakery"', set()),
    ],
)
def test_only_what_a_branch_rests_on_changes_its_version(folder, file, old, new, changed):
    whole = load_taxonomy(folder).version
    assert changed_by(folder, file, old, new) == changed
    assert (load_taxonomy(folder).version == whole) == ("# a remark" in new)


@pytest.mark.parametrize("call", ["IC:@DRINK", "IC:＠DRINK", "NOT (TI:x OR ICF#2:(A23 | @DRINK))"])
def test_a_shared_block_changes_the_branches_that_call_it(folder, call):
    change(folder, "_shared.toml", 'FOOD = ["A21"]', 'FOOD = ["A21"]\nDRINK = ["A23F"]')
    change(folder, "oven.bread.toml", 'related = "TA:@S"', f'related = "TA:@S"\nexclude = "{call}"')
    assert changed_by(folder, "_shared.toml", 'DRINK = ["A23F"]', 'DRINK = ["A23G"]') == {"oven.bread"}


def test_a_block_of_the_branch_hides_the_shared_one_of_its_name(folder):
    change(folder, "oven.bread.toml", "[blocks]\n", '[blocks]\nFOOD = ["A21D"]\n')
    assert changed_by(folder, "_shared.toml", 'FOOD = ["A21"]', 'FOOD = ["A22"]') == {"oven.pizza"}


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "found"),
    [
        ("oven.pizza.toml", 'parent = "oven"', 'parent = "stove"', "oven.pizza.toml: parent", "'stove'"),
        ("oven.pizza.toml", 'parent = "oven"', 'parent = "food"', "oven.pizza.toml: parent", "'food'"),
        ("oven.pizza.toml", 'id = "oven.pizza"', 'id = "oven.bread"', "oven.pizza.toml: id", "'oven.bread'"),
        ("oven.pizza.toml", "priority = 1", "", "oven.pizza.toml: priority", "missing"),
        ("oven.pizza.toml", "priority = 1", "priority = true", "oven.pizza.toml: priority", "bool"),
        ("oven.pizza.toml", "priority = 1", 'priority = "1"', "oven.pizza.toml: priority", "str"),
        ("oven.pizza.toml", 'zh = "披萨炉"', 'zh = " "', "oven.pizza.toml: zh", "empty"),
        ("oven.pizza.toml", '["披萨炉"]', '["披萨炉", ""]', "oven.pizza.toml: blocks.S.zh", "entry 2"),
        ("oven.pizza.toml", '["披萨炉"]', "[]", "oven.pizza.toml: blocks.S.zh", "empty"),
        ("oven.pizza.toml", '["A21B1/00"]', '[" "]', "oven.pizza.toml: blocks.A", "entry 1"),
        ("oven.pizza.toml", '["A21B1/00"]', "3", "oven.pizza.toml: blocks.A", "int"),
        ("oven.pizza.toml", 'core = "TI:@S AND IC:@FOOD"', "", "oven.pizza.toml: rules.core", "missing"),
        ("oven.pizza.toml", "related =", "relatet =", "oven.pizza.toml: rules.relatet", "unknown key"),
        ("oven.pizza.toml", "related =", 'text_core = ""\nrelated =', "oven.pizza.toml: rules.text_core", "empty"),
        ("oven.pizza.toml", "related =", "text_core = []\nrelated =", "oven.pizza.toml: rules.text_core", "list"),
        ("oven.pizza.toml", "hot_in_seed", "is_hot", "oven.pizza.toml: is_hot", "unknown key"),
        ("oven.pizza.toml", 'origin = "seed"', 'origin = "ours"', "oven.pizza.toml: origin", "'ours'"),
        ("oven.pizza.toml", 'origin = "seed"', 'origin = "reconstructed"', "oven.pizza.toml: reason", "missing"),
        ("oven.pizza.toml", 'terms = "S"', 'terms = "A"', "oven.pizza.toml: scoring.terms", "'A'"),
        ("oven.pizza.toml", 'level = "core"', 'level = "sure"', "oven.pizza.toml: examples[1].level", "'sure'"),
        ("oven.pizza.toml", 'why = "the subject"', "", "oven.pizza.toml: examples[1].why", "missing"),
        ("oven.pizza.toml", 'zh = "披萨炉"', "zh = 披萨炉", "oven.pizza.toml", "line 4"),
        ("_tree.toml", 'parent = "food"', 'parent = "oven"', "_tree.toml: tier oven", "'oven'"),
        ("_tree.toml", 'id = "oven"', 'id = "food"', "_tree.toml: tiers", "'food'"),
        ("_tree.toml", 'id = "oven"', 'id = "oven.bread"', "the taxonomy folder", "'oven.bread'"),
        ("_tree.toml", "level = 2", "level = 3", "_tree.toml: tiers[2].level", "3"),
        ("_tree.toml", 'version = "1.0.0"', "", "_tree.toml: version", "missing"),
        ("_shared.toml", '["oven glove*"]', '"oven glove*"', "_shared.toml: masks.en", "no list"),
        ("_shared.toml", '["oven glove*"]', '["oven glove*", ""]', "_shared.toml: masks.en", "entry 2"),
        ("_shared.toml", 'en = ["oven glove*"]', "[blocks.X]", "_shared.toml: blocks.X", "without entries"),
        ("_shared.toml", "core_level = 3.0", "", "_shared.toml: scoring.core_level", "missing"),
    ],
)
def test_an_error_names_file_and_key(folder, file, old, new, where, found):
    change(folder, file, old, new)
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(folder)
    assert caught.value.where == where
    assert found in caught.value.found


def test_a_folder_that_is_no_taxonomy_is_refused(tmp_path):
    with pytest.raises(TaxonomyError, match="_tree.toml"):
        load_taxonomy(tmp_path)


def test_a_tree_without_branches_is_refused(folder):
    for path in folder.glob("oven.*.toml"):
        path.unlink()
    with pytest.raises(TaxonomyError, match="no branch file"):
        load_taxonomy(folder)
