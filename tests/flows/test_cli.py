"""The command line as its user meets it: run as a process, its output, its errors, its exit codes."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.conftest import WORLD


def patnav(
    *arguments: str | Path, text: str | None = None, encoding: str = "utf-8", most_bytes: int | None = None
) -> subprocess.CompletedProcess:
    """`encoding`: that of the terminal. `most_bytes`: that a file may have, for a disk that is full."""
    limited = most_bytes and partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding=encoding,
        input=text,
        timeout=120,
        env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1", "PYTHONIOENCODING": encoding},
        preexec_fn=limited,
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "w"
    assert patnav("init", folder).returncode == 0
    shutil.copytree(WORLD / "inbox", folder / "inbox", dirs_exist_ok=True)
    done = patnav("refresh", "-w", folder, "--no-prefect")
    assert done.returncode == 3, done.stderr
    assert "16 行 rows" in done.stderr and "隔离 quarantined" in done.stderr
    assert str(folder / "warehouse" / "current.duckdb") in done.stdout
    return folder


def test_help_teaches() -> None:
    told = patnav("--help")
    assert told.returncode == 0
    for verb in (
        "init",
        "sample",
        "refresh",
        "explain",
        "evaluate",
        "sql",
        "claims",
        "describe",
        "verify",
        "versions",
        "diff",
        "rollback",
        "review",
        "quarantine",
    ):
        assert verb in told.stdout
        assert patnav(verb, "--help").returncode == 0
    assert "75" in told.stdout and "130" in told.stdout


def test_a_refresh_answers_in_json(published: Path) -> None:
    told = patnav("refresh", "-w", published, "--no-prefect", "--quiet", "--json")
    assert told.returncode == 3 and told.stderr == ""
    report = json.loads(told.stdout)
    assert report["outcome"] == "nothing_new" and report["is_partial"]
    patsnap = next(file for file in report["files"] if file["path"] == "patsnap.csv")
    assert (patsnap["rows_in"], patsnap["quarantined"]) == (16, 6)


def test_sql_in_three_formats(published: Path) -> None:
    query = "SELECT office, count(*) AS applications FROM core.application GROUP BY office ORDER BY 2 DESC, 1 LIMIT 2"
    assert json.loads(patnav("sql", query, "-w", published, "--format", "json").stdout) == [
        {"office": "CN", "applications": 7},
        {"office": "US", "applications": 3},
    ]
    assert patnav("sql", "-w", published, "-f", "csv", text=query).stdout == "office,applications\nCN,7\nUS,3\n"
    assert "office" in patnav("sql", query, "-w", published).stdout


def test_sql_says_what_it_cut_off(published: Path) -> None:
    told = patnav(
        "sql", "FROM range(5)", "-w", published, "-f", "csv", "--limit", "2", "--timeout", "50", "--memory", "256"
    )
    assert (told.returncode, told.stdout) == (0, "range\n0\n1\n")
    assert "前 2 行" in told.stderr and "only the first 2 rows" in told.stderr


def test_text_of_publications_can_be_asked(published: Path) -> None:
    query = "SELECT abstract FROM core.publication_text WHERE publication_number = 'TWI700008B'"
    assert "矽穿孔" in patnav("sql", query, "-w", published, "-f", "csv").stdout


def test_a_wrong_question_is_one_clear_line(published: Path) -> None:
    told = patnav("sql", "SELECT * FROM core.patents", "-w", published)
    assert told.returncode == 1 and told.stdout == ""
    assert told.stderr.startswith("patnav: ") and told.stderr.count("\n") == 1 and "Traceback" not in told.stderr


def test_explain_shows_words_and_codes(published: Path) -> None:
    told = patnav("explain", "CN 101000001 A", "-w", published).stdout
    assert "quantum.circuit · core" in told and "量子线路" in told and "G06N10/20" in told
    explained = json.loads(patnav("explain", "CN101000001A", "-w", published, "--json").stdout)
    assert explained["application_id"] == "CN201910000001"
    assert [verdict["branch"] for verdict in explained["verdicts"]] == ["quantum.circuit"]
    assert "lacks" in patnav("explain", "CN101000001A", "-w", published, "--why-not", "chip.gpu").stdout


def test_explain_with_other_rules_says_that_the_published_labels_are_not_theirs(published: Path) -> None:
    told = patnav("explain", "CN101000007A", "-w", published, "--taxonomy", WORLD / "aquaculture").stdout
    assert "pond.aeration · core" in told and "the published labels come from another taxonomy" in told
    assert "another taxonomy" not in patnav("explain", "CN101000007A", "-w", published).stdout


@pytest.mark.parametrize(
    ("number", "found"), [("CN199999999A", "not in the published warehouse"), ("xyz", "no publication number")]
)
def test_explain_says_what_it_cannot_find(published: Path, number: str, found: str) -> None:
    told = patnav("explain", number, "-w", published)
    assert told.returncode == 1 and found in told.stderr


def test_claims_are_told_with_their_verdict(published: Path) -> None:
    told = patnav("claims", "-w", published, "--format", "json", "--why")
    found = {row["claim"]: row for row in json.loads(told.stdout)}
    assert found["s07_tree"]["verdict"] == "true" and "18" in found["s07_tree"]["sentence_zh"]
    assert (
        found["s01_offices"]["verdict"] == "false"
        and found["s01_offices"]["found"]
        and found["s01_offices"]["condition_zh"]
    )
    assert found["s12_positioning"]["verdict"] == "unanswerable"
    assert "✓" in patnav("claims", "-w", published, "--lang", "en").stdout


def test_describe_versions_verify(published: Path) -> None:
    assert "一件申请" in patnav("describe", "core.application", "-w", published).stdout
    assert "metrics.m03_office_ranking" in patnav("describe", "-w", published).stdout
    assert json.loads(patnav("versions", "-w", published, "--json").stdout)[0]["is_current"]
    assert patnav("verify", "-w", published).returncode == 0
    back = patnav("rollback", "-w", published)
    assert back.returncode == 1 and "没有保留更早的版本" in back.stderr


def test_diff_tells_gained_and_lost_labels_and_why(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    patnav("init", folder)
    shutil.copytree(WORLD / "inbox", folder / "inbox", dirs_exist_ok=True)
    patnav("refresh", "-w", folder, "--no-prefect")
    alone = patnav("diff", "-w", folder)
    assert alone.returncode == 1 and "fewer than two versions" in alone.stderr
    decision = "publication_number,branch,decision,reviewer,decision_date,reason\nCN101000001A,quantum.circuit,none,甲,2024-05-01,\n"
    (folder / "reference" / "decision.csv").write_text(decision, encoding="utf-8")
    (folder / "inbox" / "lens.csv").unlink()
    patnav("refresh", "-w", folder, "--no-prefect")
    told = json.loads(patnav("diff", "-w", folder, "--json", "--no-why").stdout)
    lost = [(each["branch"], each["change"], each["cause"], each["applications"]) for each in told["labels"]]
    assert ("quantum.circuit", "lost", "decision", 1) in lost
    assert ("neuro.device", "lost", "filing gone", 1) in lost
    shutil.rmtree(folder / "data" / "recipes")
    shown = patnav("diff", "-w", folder).stdout
    assert "没有保留其输入" in shown and "专家决定 decision" in shown and "量子电路" in shown and "失 lost" in shown
    wrong = patnav("diff", "nonsense", "-w", folder)
    assert wrong.returncode == 1 and "is not kept" in wrong.stderr


def test_evaluate_prints_the_promised_json(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    record = {
        "id": "X1", "title": "一种量子线路编译方法", "abstract": "对量子线路做门分解。", "codes": ["G06N10/20"],
        "core": ["quantum.circuit"], "disputed": [],
    }  # fmt: skip
    gold.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    told = json.loads(patnav("evaluate", gold, "--json").stdout)
    assert {"precision", "recall", "f1"} <= set(told["micro"])
    assert told["branches"]["quantum.circuit"]["recall"] == 1.0


GOLD = [
    {"id": "X1", "title": "一种量子线路编译方法", "abstract": "对量子线路做门分解。", "codes": ["G06N10/20"], "core": ["quantum.circuit"]},
    {"id": "X2", "title": "一种量子线路优化方法", "abstract": "对量子线路做门合并。", "codes": ["G06N10/20"], "core": []},
    {"id": "X3", "title": "一种养鱼池增氧装置", "abstract": None, "codes": [], "core": ["chip.gpu"]},
    {"id": "X4", "title": "尚未判断", "abstract": None, "codes": [], "core": None},
]  # fmt: skip


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in GOLD), encoding="utf-8")
    return path


def test_evaluate_shows_branches_groups_ablation_and_every_error(gold: Path) -> None:
    told = patnav("evaluate", gold, "--ablation", "--errors").stdout
    lines = told.splitlines()
    assert "3 条已标注记录 labelled records" in told and "1 条尚未标注" in told
    for heading in ("分支 branch", "查准率 precision", "查全率 recall", "95% 区间 interval", "样本 support"):
        assert heading in told
    line = next(line for line in lines if line.startswith("quantum.circuit "))
    assert line.split() == ["quantum.circuit", "量子电路", "0.500", "0.09–0.91", "1.000", "0.21–1.00", "0.667", "1"]
    assert "无摘要 without abstract" in told and "仅文字 terms only" in told
    assert "误标 false positive · X2 · quantum.circuit · 规则 rules: core" in told and "量子线路 (TI 2)" in told
    assert "漏标 false negative · X3 · chip.gpu · 规则 rules: 不属于 none" in told and "core lacks" in told
    assert "X1" not in told
    # Columns stand under their headings, whatever the script: a Han character is two cells wide.
    heading = next(line for line in lines if line.startswith("分支 branch"))
    for row in (line, next(line for line in lines if line.startswith("合计"))):
        figure = row.split()[-1]
        assert cell_len(row[: row.rindex(figure)]) == cell_len(heading[: heading.index("样本")])


def test_evaluate_writes_json_into_a_file(gold: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    told = patnav("evaluate", gold, "--json", target, "--errors")
    assert (told.returncode, told.stdout) == (0, "")
    found = json.loads(target.read_text(encoding="utf-8"))
    assert (found["records"], found["unlabelled"], found["branches"]["quantum.circuit"]["precision"]) == (3, 1, 0.5)
    assert {(error["record_id"], error["kind"]) for error in found["errors"]} == {
        ("X2", "false positive"),
        ("X3", "false negative"),
    }


def test_the_silver_check_says_what_it_is_and_is_not(published: Path, tmp_path: Path, gold: Path) -> None:
    told = patnav("evaluate", "--silver", "-w", published).stdout
    assert "not the precision of the labels" in told and "hence no circle" in told and "SYNTHETIC" not in told
    assert "带号者被文字找到 carriers found" in told
    from_file = json.loads(patnav("evaluate", "--silver", gold, "--json").stdout)
    circuit = next(each for each in from_file["branches"] if each["branch"] == "quantum.circuit")
    assert circuit["labels_carrying"] == circuit["labels_carrying"] | {"hits": 2, "total": 2}
    assert (from_file["records"], from_file["left_out"], from_file["is_synthetic"]) == (2, 2, False)


def test_a_sample_is_drawn_filled_in_and_evaluated(published: Path, tmp_path: Path) -> None:
    told = patnav("review", "sample", tmp_path / "new", "-n", "2", "-w", published)
    assert told.returncode == 0 and "勿给标注者" in told.stdout
    # Without the workspace the built-in taxonomy would be measured, whatever the workspace's own is.
    assert f"patnav evaluate {tmp_path / 'new.xlsx'} -w {published}\n" in told.stdout
    lines = (tmp_path / "new.jsonl").read_text(encoding="utf-8").replace('"core": null', '"core": []')
    (tmp_path / "new.jsonl").write_text(lines, encoding="utf-8")
    assert "合计 all (micro)" in patnav("evaluate", tmp_path / "new.jsonl").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (("refresh", "-w", "nowhere", "--no-prefect"), 1, "patnav init nowhere"),
        (("sql", "SELECT 1", "-w", "nowhere"), 1, "patnav init nowhere"),
        (("refresh", "--nonsense"), 2, "nonsense"),
        (("refresh", "--taxonomy", "elsewhere"), 2, "elsewhere"),
        (("refresh", "--applications", "2000"), 2, "--sample"),
        (("refresh", "--sample", "--taxonomy", ".", "-w", "w"), 1, "_tree.toml"),
        (("evaluate", "missing.jsonl"), 2, "missing.jsonl"),
        (("evaluate",), 2, "GOLD"),
        (("evaluate", "."), 2, "GOLD"),
        (("evaluate", "--silver", "--errors"), 2, "--silver"),
        (("evaluate", "--silver"), 1, "patnav init workspace"),
    ],
)
def test_errors_and_their_codes(tmp_path: Path, monkeypatch, arguments, code: int, found: str) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    monkeypatch.chdir(tmp_path)
    told = patnav(*arguments)
    assert told.returncode == code and found in told.stderr and "Traceback" not in told.stderr
    assert not list(tmp_path.iterdir())


def test_a_second_refresh_leaves_with_75(published: Path) -> None:
    with (published / "refresh.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = patnav("refresh", "-w", published, "--no-prefect")
    assert told.returncode == 75 and "another refresh" in told.stderr


def test_an_empty_workspace_points_to_the_sample(tmp_path: Path) -> None:
    patnav("init", tmp_path / "w")
    told = patnav("refresh", "-w", tmp_path / "w", "--no-prefect")
    assert told.returncode == 1 and "patnav refresh --sample -w NEW_FOLDER" in told.stderr
    unpublished = patnav("verify", "-w", tmp_path / "w")
    assert unpublished.returncode == 1 and not unpublished.stdout
    assert "nothing is published yet" in unpublished.stderr and "patnav refresh" in unpublished.stderr


def test_the_sample_is_marked_and_stays_apart(tmp_path: Path, published: Path) -> None:
    folder = tmp_path / "sample"
    told = patnav("refresh", "--sample", "--applications", "300", "-w", folder, "--no-prefect")
    assert told.returncode == 3, told.stderr
    assert "SYNTHETIC" in told.stderr
    assert patnav(
        "sql", "SELECT is_synthetic FROM meta.build", "-w", folder, "-f", "csv"
    ).stdout == "is_synthetic\ntrue\n".replace("true", "True")
    again = patnav("refresh", "--sample", "-w", folder, "--no-prefect")
    assert "nothing new" in again.stderr
    sized = [
        patnav("refresh", "--sample", "--applications", each, "-w", folder, "--no-prefect") for each in ("300", "2000")
    ]
    assert "nothing new" in sized[0].stderr
    assert sized[1].returncode == 1 and "already, with 300 filings; expected 2000" in sized[1].stderr
    refused = patnav("refresh", "--sample", "-w", published, "--no-prefect")
    assert refused.returncode == 1 and "real exports" in refused.stderr


def test_a_report_is_written_in_a_language_and_from_a_place(published: Path) -> None:
    own = Path(patnav("report", "-w", published).stdout.strip())
    assert own == published / "report" / "index.html"
    assert 'lang="zh-CN"' in own.read_text(encoding="utf-8")
    assert {path.suffix for path in (own.parent / "figures").iterdir()} >= {".csv", ".svg"}
    there = Path(patnav("report", "-w", published, "--province", "江苏", "--lang", "en").stdout.strip())
    assert there == published / "report" / "江苏" / "en" / "index.html"
    assert "6 The position of 江苏" in there.read_text(encoding="utf-8")
    nowhere = patnav("report", "-w", published, "--city", "Atlantis")
    assert nowhere.returncode == 1 and "查无此地" in nowhere.stderr and not nowhere.stdout


def test_a_process_leaves_with_its_code_and_its_last_word(tmp_path: Path) -> None:
    helped, failed = patnav("--help"), patnav("status", "-w", tmp_path)
    assert helped.returncode == 0 and "refresh" in helped.stdout
    assert failed.returncode == 1 and failed.stderr.startswith("patnav: ")
    assert patnav("no-such-verb").returncode == 2
    unforeseen = "import flows.cli; flows.cli.app = lambda: 1 / 0; flows.cli.main()"
    crashed = subprocess.run([sys.executable, "-c", unforeseen], capture_output=True, text=True, encoding="utf-8")
    assert crashed.returncode == 1 and "ZeroDivisionError" in crashed.stderr


@pytest.mark.parametrize(
    "arguments",
    (
        ("init", "file.txt"),
        ("init", "file.txt/w"),
        ("review", "export", "nowhere/x.xlsx", "-w", "W"),
        ("quarantine", "export", "nowhere/x.csv", "-w", "W"),
        ("export", "csv", "file.txt/x", "-w", "W"),
    ),
)
def test_a_place_that_cannot_be_written_to_is_one_line(published: Path, tmp_path: Path, arguments) -> None:
    (tmp_path / "file.txt").write_text("mine", encoding="utf-8")
    places = [
        published if each == "W" else tmp_path / each if each[:4] in ("file", "nowh") else each for each in arguments
    ]
    told = patnav(*places)
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (1, "", 1)
    assert told.stderr.startswith(f"patnav: {tmp_path}") and "expected" in told.stderr


def test_a_program_is_told_of_the_disk_in_json(gold: Path, tmp_path: Path) -> None:
    told = patnav("evaluate", gold, tmp_path / "nowhere" / "o.json", "--json")
    assert told.returncode == 1 and "Traceback" not in told.stderr
    found = json.loads(told.stdout)
    assert (found["error"], found["where"]) == ("StorageError", str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    "arguments",
    (("export", "csv", "x"), ("export", "xlsx", "x.xlsx"), ("review", "export", "x.xlsx"), ("review", "sample", "x")),
)
def test_a_full_disk_is_one_line(published: Path, tmp_path: Path, arguments) -> None:
    told = patnav(*arguments[:-1], tmp_path / arguments[-1], "-w", published, most_bytes=1000)
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (1, "", 1), told.stderr
    assert "File too large" in told.stderr and "make room" in told.stderr


@pytest.mark.parametrize(("encoding", "signs"), (("gbk", {"√", "×", "?"}), ("latin-1", {"v", "×", "?"})))
def test_a_terminal_that_is_not_utf_8_ends_no_command(published: Path, encoding: str, signs: set[str]) -> None:
    told = patnav("claims", "-w", published, "--lang", "en", encoding=encoding)
    assert told.returncode == 0 and {line.split()[1] for line in told.stdout.splitlines()[1:]} == signs
    helped = patnav("--help", encoding=encoding)
    assert helped.returncode == 0 and "rollback" in helped.stdout
    assert ("PYTHONIOENCODING" in helped.stderr) == (encoding == "latin-1")
    exact = [
        json.loads(patnav("claims", "-w", published, "-f", "json", encoding=each).stdout)
        for each in (encoding, "utf-8")
    ]
    assert exact[0] == exact[1]


def test_ctrl_c_is_told(published: Path) -> None:
    watching = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "watch", "-w", str(published)],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    for line in watching.stderr:
        if "looking every" in line:
            break
    time.sleep(0.2)
    watching.send_signal(signal.SIGINT)
    _, told = watching.communicate(timeout=30)
    assert watching.returncode == 130 and "已中断" in told and "Traceback" not in told


@pytest.mark.nightly
def test_a_refresh_as_a_prefect_flow_ends_without_noise(published: Path) -> None:
    done = patnav("refresh", "-w", published)
    assert done.returncode == 3
    assert "nanobind" not in done.stderr and "leaked" not in done.stderr
