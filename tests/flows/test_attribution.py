"""Why metrics moved: one thing changed explains all of it, two things are both named, and the shares add up."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from flows import land, recipe
from flows.attribution import INTERACTION, PROGRAM, TITLES, Attribution, attribute
from flows.commands.diff import _as_dict, _print_causes, _print_values
from flows.progress import Progress
from flows.recipe import Recipe
from flows.workspace import create, read_settings
from schemas.branches import load_taxonomy
from schemas.errors import PublishError
from tests.conftest import WORLD
from warehouse import cabinet

QUIET = Progress(quiet=True)
DAY = datetime.datetime(2024, 6, 30, tzinfo=datetime.UTC)
# The metrics that the tests look at, and those that they stand on.
METRICS = (
    "m00_area", "m00_counted_application", "m00_counted_family", "m00_level", "m03_office_ranking", "m04_province_ranking",
    "m08_applicant_ranking", "m11_ip5_families", "m12_branch_structure", "m46_legal_status",
)  # fmt: skip
OURS = """
[[table]]
id = "our_list"
dates = "year_month_day"
[table.columns]
"公开号" = "publication_number"
"申请号" = "application_number"
"名称" = "title"
"权利人" = "applicants"
"申请日" = "filing_date"
"公开日" = "publication_date"
"状态" = "legal_status"
"同族" = "vendor_family_id"
"省" = "provinces"
"市" = "cities"
"分类" = "ipc_symbols"
[table.values.legal_status]
"有效" = "active"
"失效" = "inactive"
"""
TAXONOMY = WORLD / "aquaculture"
Row = dict[str, str]


def rows(number: int = 8) -> list[Row]:
    return [
        {
            "公开号": f"CN1010001{at:02}A",
            "申请号": f"CN2019100001{at:02}",
            "名称": f"一种池塘增氧机 {at}",
            "权利人": f"示例{'甲乙丙丁'[at % 4]}渔业有限公司",
            "申请日": f"2019-03-{at + 1:02}",
            "公开日": f"2020-09-{at + 1:02}",
            "状态": "有效",
            "同族": f"F{at}",
            "省": "浙江",
            "市": "杭州",
            "分类": "A01K63/04",
        }
        for at in range(number)
    ]


@pytest.fixture(scope="module", autouse=True)
def few_metrics() -> Iterator[None]:
    """Few metrics are quick to compute, and the shares of one are worked out as those of all."""
    whole = cabinet.metrics()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cabinet, "metrics", lambda: tuple(each for each in whole if each.metric in METRICS))
        yield


class Room:
    """A workspace whose recipes are made without refreshing."""

    def __init__(self, folder: Path) -> None:
        self.workspace = create(folder / "w")
        (self.workspace.root / "sources.toml").write_text(OURS, encoding="utf-8")
        self.taxonomy = folder / "taxonomy"
        shutil.copytree(TAXONOMY, self.taxonomy)
        self.number = itertools.count(1)

    def write(self, found: list[Row], name: str = "list.csv") -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows(1)[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
        (self.workspace.inbox / name).write_text(text.getvalue(), encoding="utf-8")

    def team(self, name: str, text: str) -> None:
        (self.workspace.reference / name).write_text(text, encoding="utf-8")

    def recipe(self) -> Recipe:
        return recipe.keep(
            self.workspace, f"v{next(self.number)}", land.take_in(self.workspace), read_settings(self.workspace), self.taxonomy,
            load_taxonomy(self.taxonomy).version, DAY,
        )  # fmt: skip


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def new(room: Room) -> None:
    room.write(rows(11)[8:], "more.csv")


def removed(room: Room) -> None:
    room.write(rows()[:6])


def legal(room: Room) -> None:
    room.write([row | {"状态": "失效"} if at < 3 else row for at, row in enumerate(rows())])


def family(room: Room) -> None:
    room.write([row | {"同族": "F1"} if at < 3 else row for at, row in enumerate(rows())])


def family_link(room: Room) -> None:
    line = "CN101000100A,CN101000103A,join,甲,2024-05-01,\n"
    room.team(
        "family_link.csv", "publication_number,other_publication_number,decision,reviewer,decision_date,reason\n" + line
    )


def content(room: Room) -> None:
    room.write([row | {"名称": "一种织布机"} if at < 2 else row for at, row in enumerate(rows())])


def corrections(room: Room) -> None:
    line = "CN101000100A,legal_status,inactive,甲,2024-05-01,\n"
    room.team("correction.csv", "publication_number,field,field_value,reviewer,decision_date,reason\n" + line)


def reading(room: Room) -> None:
    (room.workspace.root / "sources.toml").write_text(
        OURS.replace('"有效" = "active"', '"有效" = "pending"'), encoding="utf-8"
    )


def applicants(room: Room) -> None:
    room.team("applicant_alias.csv", "applicant_id,alias,source\nibm,示例甲渔业有限公司,我们\n")


def places(room: Room) -> None:
    line = "CN101000100A,江苏,南京,,甲,2024-05-01,\n"
    room.team(
        "place_correction.csv", "publication_number,province,city,district,reviewer,correction_date,reason\n" + line
    )


def decisions(room: Room) -> None:
    line = "CN101000100A,pond.aeration,none,甲,2024-05-01,\n"
    room.team("decision.csv", "publication_number,branch,decision,reviewer,decision_date,reason\n" + line)


def taxonomy(room: Room) -> None:
    file = room.taxonomy / "pond.aeration.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('zh = ["增氧", "曝气"]', 'zh = ["增氧机 1", "曝气"]'), encoding="utf-8")


def settings(room: Room) -> None:
    file = room.workspace.settings_file
    text = file.read_text(encoding="utf-8").replace('focus_province_code = "330000"', 'focus_province_code = "320000"')
    file.write_text(text.replace('focus_city_code = "330100"', 'focus_city_code = "320100"'), encoding="utf-8")


# Each: the factor, how it comes about, and a value that it moves.
SINGLE = [
    ("new", new, "m00_level", "applications", 3),
    ("removed", removed, "m00_level", "applications", -2),
    ("legal", legal, "m46_legal_status", "filings", 3),
    ("family", family, "m11_ip5_families", "families", -2),
    ("family", family_link, "m11_ip5_families", "families", -1),
    ("content", content, "m00_level", "applications", -2),
    ("corrections", corrections, "m46_legal_status", "filings", 1),
    ("reading", reading, "m46_legal_status", "filings", 8),
    ("applicants", applicants, "m08_applicant_ranking", "applications", 2),
    ("places", places, "m04_province_ranking", "applications", 1),
    ("decisions", decisions, "m00_level", "applications", -1),
    ("taxonomy", taxonomy, "m00_level", "applications", -7),
    ("settings", settings, "m00_area", None, None),
]
EVERY_COMMIT = ("legal",)


def changed(room: Room, *changes: Callable[[Room], None]) -> Attribution:
    room.write(rows())
    before = room.recipe()
    for change in changes:
        change(room)
    return attribute(room.workspace, before, room.recipe(), None, QUIET)


def adds_up(found: Attribution) -> None:
    for frame in (found.values, found.totals):
        rest = frame.select((pl.col("change") - pl.sum_horizontal(pl.lit(0.0), *found.columns)).abs().max()).item()
        assert (rest or 0) < 1e-9
        assert frame.filter(pl.col(PROGRAM) != 0).is_empty()


@pytest.mark.parametrize(
    ("factor", "change", "metric", "measure", "moved"),
    [
        pytest.param(*each, id=each[1].__name__, marks=() if each[1].__name__ in EVERY_COMMIT else pytest.mark.nightly)
        for each in SINGLE
    ],
)
def test_one_thing_changed_explains_everything(
    room: Room, factor: str, change: Callable, metric: str, measure: str | None, moved: float | None
) -> None:
    found = changed(room, change)
    assert [cause.factor for cause in found.causes] == [factor]
    adds_up(found)
    assert found.values.filter(pl.col("change") != pl.col(factor)).is_empty()
    assert found.values.filter(pl.col(INTERACTION) != 0).is_empty()
    if measure:
        told = found.values.filter(metric=metric, measure=measure)
        assert moved in told[factor].to_list() and told[factor].abs().max() == abs(moved)


def test_several_things_changed_are_all_named_and_what_they_do_together_is_interaction(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    found = changed(room, new, legal, taxonomy)
    assert [cause.factor for cause in found.causes] == ["new", "legal", "taxonomy"]
    assert [cause.records for cause in found.causes] == [3, 3, None]
    adds_up(found)
    # The old rules take three of the new filings, the new rules one filing of eight and none of the new ones.
    (level,) = found.totals.filter(metric="m00_level").to_dicts()
    assert (level["before"], level["after"], level["new"], level["legal"], level["taxonomy"]) == (8, 1, 3, 0, -7)
    assert level[INTERACTION] == -3
    inactive = found.values.filter(metric="m46_legal_status").filter(pl.col("key").str.contains('"inactive"'))
    assert inactive.filter(pl.col("legal") != 0).height
    assert set(TITLES) >= {cause.factor for cause in found.causes}

    _print_causes(found)
    _print_values(found, None)
    _print_values(found, "m46_legal_status")
    told = capsys.readouterr().out
    assert (
        "3 条公布 publications" in told
        and "分支体系 taxonomy -7 (100%)" in told
        and "交互 interaction -3 (43%)" in told
    )
    assert "inactive" in told and json.loads(json.dumps(_as_dict(found, "m00_level")))["totals"]


@pytest.mark.nightly
def test_other_files_altogether_are_removed_and_new_ones(room: Room) -> None:
    """Without the removed records nothing is left: what counts nothing counts 0."""
    found = changed(room, lambda room: room.write(rows(11)[8:]))
    assert [(cause.factor, cause.records) for cause in found.causes] == [("new", 3), ("removed", 8)]
    adds_up(found)
    (level,) = found.totals.filter(metric="m00_level").to_dicts()
    assert (level["before"], level["after"], level["new"], level["removed"], level[INTERACTION]) == (8, 3, 3, -8, 0)


@pytest.mark.nightly
def test_files_that_only_the_later_rules_of_reading_know_bring_new_records(room: Room) -> None:
    def more(room: Room) -> None:
        room.write(rows(11)[8:], "other.csv")
        file = room.workspace.inbox / "other.csv"
        file.write_text(file.read_text(encoding="utf-8").replace("权利人", "持有人"), encoding="utf-8")
        theirs = OURS.replace("our_list", "their_list").replace("权利人", "持有人")
        (room.workspace.root / "sources.toml").write_text(OURS + theirs, encoding="utf-8")

    found = changed(room, more)
    assert [(cause.factor, cause.records) for cause in found.causes] == [("new", 3), ("reading", None)]
    adds_up(found)
    (level,) = found.totals.filter(metric="m00_level").to_dicts()
    assert (level["new"], level["reading"], level[INTERACTION]) == (3, 0, 0)


def test_nothing_changed_is_nothing_told(room: Room) -> None:
    """Another file name and another order of files are no cause."""
    room.write(rows())
    before = room.recipe()
    (room.workspace.inbox / "list.csv").rename(room.workspace.inbox / "other.csv")
    found = attribute(room.workspace, before, room.recipe(), None, QUIET)
    assert found.causes == () and found.values.is_empty() and found.totals.is_empty()
    assert not list((room.workspace.root / "data").glob(".replay*"))


def test_a_version_whose_inputs_are_gone_is_told_kindly(room: Room) -> None:
    room.write(rows())
    kept = room.recipe()
    assert recipe.read(room.workspace, kept.version_key) == kept
    with pytest.raises(PublishError, match="not kept"):
        recipe.read(room.workspace, "never")
    os.unlink(room.workspace.raw / kept.files[0].sha256)
    with pytest.raises(PublishError, match=r"raw/ lacks list\.csv"):
        recipe.read(room.workspace, kept.version_key)
    facts = kept.folder / "recipe.json"
    facts.write_text(json.dumps(json.loads(facts.read_text(encoding="utf-8")) | {"settings": {}}), encoding="utf-8")
    with pytest.raises(PublishError, match="recipe"):
        recipe.read(room.workspace, kept.version_key)
    recipe.forget_others(room.workspace, [])
    assert not list(room.workspace.recipes.iterdir())
