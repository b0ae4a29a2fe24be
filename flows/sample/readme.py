"""The README.txt beside the sample: says first that nothing in it is real."""

from __future__ import annotations

from flows.sample.calibration import CUT_OFF

TEXT = """\
合成数据，并非真实专利 / SYNTHETIC DATA, NOT REAL PATENTS
=========================================================

本目录由 patnav sample 生成，仅供演示与测试。其中没有任何一件真实的专利。
- 发明人一律写作“合成发明人 0001”或 “SYNTHETIC INVENTOR 0001”，据此即可识别合成行。
- 公开号与申请号形式正确，但取自各局未使用的号段（如 CN199…、US99…、EP9…）。
- 申请人中的真实企业与机构名称仅用于演示名称归并与排名，所列申请、数量与布局均为虚构，不反映其实际情况；
  其余申请人与企业以“合成”或 “Synthetic” 开头。
- 数量按配额分配，使《智能计算产业专利导航摘要》中的论断在样本上成立；论断因此不能由本样本得到证实。
- 数据截止日 {cut_off}；每个文件都掺入了少量脏行和空行
  （脏行：缺号、占位行、不可能的日期、被 Excel 改写的号码、公开日早于申请日）。

This folder was written by `patnav sample` for demonstration and tests. Not one patent in it is real.
- Every inventor is called 合成发明人 0001 or SYNTHETIC INVENTOR 0001: that marks a synthetic row.
- Publication and application numbers have the right shape but lie in ranges that no office has assigned.
- Names of real companies and institutes only serve to show name matching and ranking; their filings, numbers and
  fields here are made up and say nothing about them. All other applicants and enterprises begin with 合成 or Synthetic.
- Counts are dealt out by quota so that the claims of the seed document hold on the sample; it proves none of them.
- The data end on {cut_off}; each file holds some dirty rows (no number, placeholder, impossible date, number mangled
  by Excel, published before filing) and blank rows.

seed {seed} · applications {applications} · publications {publications} · families {families}

{files}
"""


def readme_text(report) -> str:
    """The text for a SampleReport; it names no time and no place, so the same seed gives the same bytes."""
    lines = [
        f"{file.path}: rows {file.rows}, of these blank {file.blank}, dirty {sum(file.dirty.values())}, "
        f"copies {file.duplicates}"
        for file in report.files
    ]
    return TEXT.format(
        cut_off=CUT_OFF.isoformat(),
        seed=report.seed,
        applications=report.applications,
        publications=report.publications,
        families=report.families,
        files="\n".join(lines),
    )
