"""The worked example of CONTRIBUTING.md is run as it stands there."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import transforms.exports as cabinet
from tests.conftest import ROOT
from transforms.export import drift, exports, recognise
from transforms.landing import land


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 1
    return found[0]


@pytest.fixture
def with_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "library_csv.py").write_text(block("python"), encoding="utf-8")
    monkeypatch.setattr(cabinet, "__path__", [*cabinet.__path__, str(tmp_path)])
    exports.cache_clear()
    yield
    exports.cache_clear()


def test_one_file_and_its_sample_make_a_format(with_example: None, tmp_path: Path) -> None:
    sample = tmp_path / "library.csv"
    sample.write_text(block("csv"), encoding="utf-8")
    landing = land(sample, "library", sample.name)
    assert (landing.export, landing.rows_in, landing.unmapped_columns) == ("library_csv", 3, ())
    (row,) = landing.accepted.to_dicts()
    assert row["publication_number"] == "CN110000001A"
    assert row["applicants"] == ["示例甲公司", "示例乙大学"]
    assert row["filing_date"] == datetime.date(2019, 1, 2)
    assert row["ipc_symbols"] == ["G06N10/40", "H10N60/80"]
    assert row["legal_status"] == "active"
    assert landing.rejected.select("row_number", "rule").rows() == [
        (2, "filing_date_unreadable"),
        (3, "legal_status_unreadable"),
    ]


def test_a_changed_header_of_the_example_is_told(with_example: None) -> None:
    header = ("文献号", "发明名称", "专利权人", "申请日期", "IPC", "状态", "馆藏号", "备注")
    assert drift(header, recognise(header)).told == ("renamed? 申请日 → 申请日期", "new: 备注")
