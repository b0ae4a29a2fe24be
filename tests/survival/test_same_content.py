"""R7: the same inputs and the same code make the same content, whatever the order, the threads, the place and the language."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.conftest import ROOT, trials
from tests.survival.account import SEED
from tests.survival.places import FRESH, seen
from warehouse import ddl
from warehouse.content import opened, stored_relations, text_store

ZONES = ("UTC", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu")
LOCALES = ("C", "C.UTF-8", "POSIX", "zh_CN.UTF-8", "tr_TR.UTF-8")
# Where a value came from, which moves with the rows and the files; and what only tells when and from which files.
OF_PLACE = ("source_file_id", "row_number")
# meta.check shows examples, which name the rows of files.
NOT_COMPARED = (
    "meta.run",
    "meta.build",
    "meta.source_file",
    "meta.source_freshness",
    "meta.rejected_row",
    "meta.field_coverage",
    "meta.check",
)


def _surroundings(chance: random.Random) -> dict[str, str]:
    return {
        "TZ": chance.choice(ZONES),
        "LC_ALL": chance.choice(LOCALES),
        "PYTHONHASHSEED": str(chance.randrange(2**32)),
        "POLARS_MAX_THREADS": str(chance.choice((1, 2, 5))),
        "PYTHONPATH": str(ROOT),
    }


def _refresh(root: Path, chance: random.Random, folder: Path) -> subprocess.CompletedProcess:
    """By a new Python, since its hashes, its zone and polars' threads are settled when it starts."""
    request = {"workspace": str(root), "told": str(folder / "told.txt"), "threads": chance.choice((1, 2, 3))}
    command = [sys.executable, "-m", "tests.survival.route", json.dumps(request)]
    # Python itself must find the tests from anywhere.
    environment = os.environ | _surroundings(chance)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def _shuffle_files(inbox: Path, chance: random.Random) -> None:
    """The same files, made in another order at other times."""
    files = {path.name: path.read_bytes() for path in inbox.iterdir()}
    names = sorted(files)
    chance.shuffle(names)
    shutil.rmtree(inbox)
    inbox.mkdir()
    for name in names:
        (inbox / name).write_bytes(files[name])
        os.utime(inbox / name, (moment := chance.randrange(10**9), moment))


def test_the_same_files_make_the_same_content_anywhere(account, places, tmp_path: Path) -> None:
    r7, chance = account("R7"), random.Random(SEED)
    expected = places.made[FRESH]
    for number in range(trials(10, 40)):
        folder = tmp_path / f"{number} 数据 ü"
        folder.mkdir()
        root = places.copy(FRESH, folder / "工作区")
        _shuffle_files(root / "inbox", chance)
        ended = _refresh(root, chance, folder)
        found = seen(root) if ended.returncode in (0, 3) else (folder / "told.txt").read_text()[-600:]
        same = found == (expected.version_key, expected.content_hash)
        r7.trial("" if same else f"trial {number}, {ended.args[-1]}: {found}, expected {expected}")


def _shuffle_rows(path: Path, chance: random.Random) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    # Above the header some exports have lines of their own; the longest line is the header or a record.
    widest = max(map(len, lines))
    start = next(number for number, line in enumerate(lines) if len(line) == widest)
    rows = lines[start + 1 :]
    chance.shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([*lines[: start + 1], *rows])


def _with_equals(inbox: Path) -> None:
    """Rows of one publication that no precedence decides between: in one file, and in another of the same tool."""
    path = inbox / "patsnap.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    at = {name: header.index(name) for name in ("公开(公告)号", "标题", "摘要", "简单法律状态")}
    changes = (("标题", "另一个标题"), ("摘要", "另一篇摘要。"), ("摘要", "第三篇摘要。"), ("简单法律状态", "失效"))
    known = [row for row in rows if row[at["公开(公告)号"]].startswith("CN10100000")]
    equals = [[*row[: at[column]], value, *row[at[column] + 1 :]] for row in known for column, value in changes]
    for name, more in (("patsnap.csv", [*rows, *equals]), ("patsnap 2.csv", [*equals[::3], *known])):
        with (inbox / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *more])


def _digests(database: Path) -> dict[str, tuple]:
    """Table -> its digest without where its rows came from."""
    with opened(database) as connection:
        found = {}
        for name, table in stored_relations(connection, text_store(database.resolve())).items():
            if name in NOT_COMPARED:
                continue
            columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
            said = [column for column in columns if column not in OF_PLACE]
            found[name] = connection.execute(ddl.digest(table, said)).fetchone()
        return found


def test_the_order_of_rows_and_the_names_of_files_change_no_value(account, places, refreshing, tmp_path: Path) -> None:
    """Only where each value stood may differ."""
    r7, chance = account("R7", SEED + 1), random.Random(SEED + 1)
    plain = places.copy(FRESH, tmp_path / "plain")
    _with_equals(plain / "inbox")
    assert refreshing.run(plain).is_done
    expected = _digests(plain / "warehouse" / "current.duckdb")
    for number in range(trials(3, 20)):
        root = places.copy(FRESH, tmp_path / str(number))
        _with_equals(root / "inbox")
        for path in sorted((root / "inbox").iterdir()):
            _shuffle_rows(path, chance)
            path.rename(path.with_name(f"{chance.randrange(100)} {path.name}"))
        ended = refreshing.run(root)
        assert ended.is_done, ended.told
        try:
            found = _digests(root / "warehouse" / "current.duckdb")
        except duckdb.Error as error:
            found = {"": (str(error),)}
        r7.trial(*(f"trial {number}: {name} differs" for name in expected if found.get(name) != expected[name]))
