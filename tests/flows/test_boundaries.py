"""Districts that were cut anew in 2021, from an export's addresses to a count under either boundaries."""

from __future__ import annotations

from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import create
from warehouse.question import ask

HEADER = "公开（公告）号,公开（公告）日,申请号,申请日,名称,主分类号,分类号,申请人,发明人,代理人,代理机构,地址,国省代码,优先权,摘要"
ROWS = [
    # Filed before the division in what is Linping now, after it in Linping, and after it in what stayed Yuhang.
    ("CN108000001A", "2018.06.01", "CN201810000011.8", "2018.01.05", "311100 浙江省杭州市余杭区临平街道某路1号"),
    ("CN116000002A", "2023.06.01", "CN202310000022.3", "2023.01.05", "311100 浙江省杭州市临平区南苑街道某路2号"),
    ("CN116000003A", "2023.06.01", "CN202310000033.1", "2023.01.06", "311121 浙江省杭州市余杭区仓前街道某路3号"),
]
QUESTION = """
    SELECT application.application_id, counted.district_code
    FROM metrics.counted(label_level := 'all', vintage := '{vintage}') AS counted
    INNER JOIN core.application AS application ON application.application_id = counted.application_id
    ORDER BY application.filing_date
"""
YUHANG, LINPING = "330110", "330113"


def test_filings_count_under_the_boundaries_that_are_asked_for(tmp_path) -> None:
    workspace = create(tmp_path / "w")
    lines = [
        f"{number},{published},{filing},{filed},数据处理方法,G06F9/50,G06F9/50,某大学,,,,{address},33,,一种方法。"
        for number, published, filing, filed, address in ROWS
    ]
    (workspace.inbox / "cnipr.csv").write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    refresh(workspace, Progress(quiet=True))
    found = {
        vintage: [row[1] for row in ask(workspace.database, QUESTION.format(vintage=vintage)).rows]
        for vintage in ("as_exported", "2020", "2023")
    }
    assert found == {
        "as_exported": [YUHANG, LINPING, YUHANG],
        "2020": [YUHANG, YUHANG, YUHANG],
        "2023": [LINPING, LINPING, YUHANG],
    }
