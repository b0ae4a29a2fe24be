"""What a reader should look at before trusting a file is told when it is read."""

from __future__ import annotations

from pathlib import Path

from flows.land import land_file, take_in
from flows.telling import told_doubts
from flows.workspace import create

HEADER = "专利类型,专利名称,法律状态,申请公布日/授权公告日,申请号,申请日,申请人/专利权人,设计人"


def test_a_cut_off_file_with_a_changed_header_is_told_of_and_stated(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    numbers = range(10_000_000, 10_000_500)
    rows = [f"发明申请,一种方法,公开,2019-07-12,CN2019{number}.X,2019-01-02,示例甲公司,示例一" for number in numbers]
    (workspace.inbox / "pss.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    (source,) = take_in(workspace)
    (landed,) = land_file(workspace, source, "0" * 12, is_sample=False)
    cut_off, changed = told_doubts(landed)
    assert "probably cut off" in cut_off
    assert "missing: 法律状态最后修改日期" in changed and "missing: 发明人" in changed
    assert landed.accepted == 500
    assert landed.header_drift == ("missing: 法律状态最后修改日期", "missing: 发明人", "new: 设计人")
