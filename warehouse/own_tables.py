"""The tables that the build itself writes into schema meta; they do not come through the door."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OwnColumn:
    name: str
    sql_type: str
    comment: str


@dataclass(frozen=True)
class OwnTable:
    schema: str
    name: str
    comment: str
    columns: tuple[OwnColumn, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


BUILD = OwnTable(
    "meta",
    "build",
    "只有一行：本版本数据的身份、截止日与关注地区 / one row: identity, cut-off and focus of this version",
    (
        OwnColumn(
            "version_key",
            "VARCHAR",
            "版本标识：由输入、代码与设置得出 / Version key: of inputs, code and settings",
        ),
        OwnColumn("patnav_version", "VARCHAR", "软件版本：patnav 版本 / Software version: of patnav"),
        OwnColumn(
            "taxonomy_version",
            "VARCHAR",
            "分支体系版本：声明版本+内容摘要 / Taxonomy version: declared + content hash",
        ),
        OwnColumn("is_synthetic", "BOOLEAN", "合成数据：为真时并非真实专利 / Synthetic: true means no real patents"),
        OwnColumn(
            "cut_off_date",
            "DATE",
            "数据截止日：此日之后的公布不在数据中 / Cut-off date: nothing published later is in the data",
        ),
        OwnColumn(
            "cut_off_basis",
            "VARCHAR",
            "截止日依据：declared、publication_date、filing_year 或 unknown"
            " / Basis of the cut-off: declared, publication_date, filing_year or unknown",
        ),
        OwnColumn(
            "publication_lag_months",
            "INTEGER",
            "公布滞后：申请到公布的月数 / Publication lag: months from filing",
        ),
        OwnColumn(
            "last_complete_year",
            "INTEGER",
            "最近完整年 T*：满足 截止日 ≥ y 年 12 月 31 日 + 滞后 的最大 y，取申请量占 5% 以上各局中最早者"
            " / Last complete year T*: the largest y with cut-off >= 31 Dec y + lag, the earliest among the offices"
            " with 5 % of the applications or more",
        ),
        OwnColumn("focus_province_code", "VARCHAR", "关注省：GB/T 2260 代码 / Focus province: GB/T 2260"),
        OwnColumn("focus_city_code", "VARCHAR", "关注地市：GB/T 2260 代码 / Focus city: GB/T 2260"),
        OwnColumn(
            "content_hash",
            "VARCHAR",
            "内容摘要：除 meta.run 与 meta.source_freshness 外所有表的全部行，与行序无关"
            " / Content hash: all rows of all tables but meta.run and meta.source_freshness, whatever their order",
        ),
    ),
)
OFFICE_CUT_OFF = OwnTable(
    "meta",
    "office_cut_off",
    "每行为一个受理局的数据截止日与最近完整年；申请不足 100 件的局取全部数据的截止日"
    " / one office with its own cut-off date and last complete year; below 100 applications those of all offices",
    (
        OwnColumn("office", "VARCHAR", "受理局：ST.3 代码 / Office: WIPO ST.3"),
        OwnColumn("applications", "BIGINT", "申请量：该局的申请件数 / Applications: filed at the office"),
        OwnColumn("cut_off_date", "DATE", "数据截止日：该局数据的最后一天 / Cut-off date: last day of its data"),
        OwnColumn(
            "cut_off_basis",
            "VARCHAR",
            "截止日依据：declared、publication_date、filing_year 或 unknown"
            " / Basis of the cut-off: declared, publication_date, filing_year or unknown",
        ),
        OwnColumn(
            "last_complete_year",
            "INTEGER",
            "最近完整年 T*：该局全部申请已公布的最近一年 / Last complete year T*: by which all its filings are public",
        ),
    ),
)
RUN = OwnTable(
    "meta",
    "run",
    "生成本版本的运行（status = 'built'）及此前最近的运行；不计入内容摘要"
    " / the run that built this version (status 'built') and the last runs before it; not part of the content hash",
    (
        OwnColumn("run_id", "VARCHAR", "运行标识：运行标识 / Run id: of the run"),
        OwnColumn("started_at", "TIMESTAMP", "开始时间：协调世界时 / Started: UTC"),
        OwnColumn("finished_at", "TIMESTAMP", "结束时间：协调世界时 / Finished: UTC"),
        OwnColumn(
            "status",
            "VARCHAR",
            "状态：built 表示生成本版本且检查全部通过；此前的运行为 published、nothing_new、failed、stopped 或 crashed"
            " / Status: built: it made this version and every check passed; earlier runs: published, nothing_new, failed,"
            " stopped or crashed",
        ),
        OwnColumn("rows", "BIGINT", "行数：载入的全部表行数之和 / Rows: of all loaded tables together"),
        OwnColumn(
            "occasion",
            "VARCHAR",
            "起因：manual 手动、scheduled 定时、missed 补错过的定时 / Occasion: manual, scheduled, or missed: made up for",
        ),
        OwnColumn("version_key", "VARCHAR", "版本标识：该次运行得出的版本 / Version key: of the version it arrived at"),
        OwnColumn("rows_in", "BIGINT", "读入行数：各文件行数之和 / Rows in: of all files together"),
        OwnColumn("quarantined", "BIGINT", "隔离行数：被隔离的记录 / Quarantined: records set aside"),
        OwnColumn("problem", "VARCHAR", "问题：未成功的原因 / Problem: why it did not succeed"),
    ),
)
SOURCE_FRESHNESS = OwnTable(
    "meta",
    "source_freshness",
    "每行为一个来源（收件夹的一级文件夹，或直接放入者 inbox）的新旧；不计入内容摘要"
    " / how fresh one source is: a folder of the inbox, or inbox for what lies there directly; not part of the content hash",
    (
        OwnColumn("source", "VARCHAR", "来源：收件夹的一级文件夹 / Source: top folder of the inbox"),
        OwnColumn("files", "BIGINT", "文件数：来自该来源的文件 / Files: from the source"),
        OwnColumn(
            "arrived_at",
            "TIMESTAMP",
            "到达时间：最近一次收到新内容，协调世界时 / Arrived: when new bytes last came from it, UTC",
        ),
        OwnColumn(
            "data_until",
            "DATE",
            "数据截至：其记录中最晚的公开日 / Data until: latest publication date among its records",
        ),
        OwnColumn(
            "stale_after_days",
            "DOUBLE",
            "过期天数：多少天无新内容即为过期；空为未设定 / Stale after days: without anything new; empty: not stated",
        ),
    ),
)
# When things happened, and not what the data are: the same data built twice have the same content hash.
TABLES_OF_TIMES = (RUN, SOURCE_FRESHNESS)
METRIC = OwnTable(
    "meta",
    "metric",
    "每行为一个指标及其口径 / one metric with its conventions",
    (
        OwnColumn("metric", "VARCHAR", "指标：metrics 下的表名 / Metric: name of its table in schema metrics"),
        OwnColumn("title_zh", "VARCHAR", "中文名：指标名称 / Title in Chinese: of the metric"),
        OwnColumn("title_en", "VARCHAR", "英文名：指标名称 / Title in English: of the metric"),
        OwnColumn("question_zh", "VARCHAR", "中文问题：它回答什么 / Question in Chinese: what it answers"),
        OwnColumn("question_en", "VARCHAR", "英文问题：它回答什么 / Question in English: what it answers"),
        OwnColumn("figure", "VARCHAR", "图号：原报告中的图 / Figure: of the seed report"),
        OwnColumn("grain_zh", "VARCHAR", "中文粒度：一行代表什么 / Grain in Chinese: what one row stands for"),
        OwnColumn("grain_en", "VARCHAR", "英文粒度：一行代表什么 / Grain in English: what one row stands for"),
        OwnColumn("conventions_zh", "VARCHAR", "中文口径：计数规则 / Conventions in Chinese: the rules of counting"),
        OwnColumn("conventions_en", "VARCHAR", "英文口径：计数规则 / Conventions in English: the rules of counting"),
        OwnColumn("sql", "VARCHAR", "查询：算出该表的语句 / Query: the statement that the table is computed by"),
    ),
)
CLAIM = OwnTable(
    "meta",
    "claim",
    "每行为一项陈述：由数据判定真假，并据此成句 / one statement: judged by the data, and said accordingly",
    (
        OwnColumn("claim", "VARCHAR", "陈述：文件名 / Claim: name of its file"),
        OwnColumn(
            "seed", "INTEGER", "原文编号：原报告中的第几条陈述 / Seed: number of the statement in the seed report"
        ),
        OwnColumn("figure", "VARCHAR", "图：陈述所在的报告图 / Figure: of the report, at which it stands"),
        OwnColumn("title_zh", "VARCHAR", "中文名：所说何事 / Title in Chinese: what it is about"),
        OwnColumn("title_en", "VARCHAR", "英文名：所说何事 / Title in English: what it is about"),
        OwnColumn(
            "verdict", "VARCHAR", "判定：true、false 或 unanswerable（数据不足） / Verdict: true, false or unanswerable"
        ),
        OwnColumn("found", "VARCHAR", "所得：数据给出的值 / Found: what the data hold"),
        OwnColumn("sentence_zh", "VARCHAR", "中文句子：按数据写成 / Sentence in Chinese: as the data have it"),
        OwnColumn("sentence_en", "VARCHAR", "英文句子：按数据写成 / Sentence in English: as the data have it"),
        OwnColumn("condition_zh", "VARCHAR", "中文条件：何时为真 / Condition in Chinese: when it is true"),
        OwnColumn("condition_en", "VARCHAR", "英文条件：何时为真 / Condition in English: when it is true"),
        OwnColumn("sql", "VARCHAR", "查询：判定用的语句 / Query: the statement that judges it"),
    ),
)
CHECK = OwnTable(
    "meta",
    "check",
    "每行为一项检查及其结果；error 级未通过则不会发布 / one check with its outcome; a failed error is never published",
    (
        OwnColumn("check_id", "VARCHAR", "检查标识：检查名称 / Check id: name of the check"),
        OwnColumn("severity", "VARCHAR", "级别：error 或 warning / Severity: error or warning"),
        OwnColumn("title_zh", "VARCHAR", "中文名：检查内容 / Title in Chinese: what is checked"),
        OwnColumn("title_en", "VARCHAR", "英文名：检查内容 / Title in English: what is checked"),
        OwnColumn("is_passed", "BOOLEAN", "通过：没有违例行 / Passed: no offending rows"),
        OwnColumn("offending_rows", "BIGINT", "违例行数：不符合的行数 / Offending rows: how many"),
        OwnColumn(
            "first_rows",
            "VARCHAR[]",
            "首批违例行：按序前五行（JSON） / First offending rows: five in order, JSON",
        ),
    ),
)
OWN_TABLES = (BUILD, OFFICE_CUT_OFF, RUN, SOURCE_FRESHNESS, METRIC, CLAIM, CHECK)
