"""Every table: its columns, key, grain and usage notes. pandera schemas, DDL and the data dictionary derive from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import pandera.polars as pa
import polars as pl

from schemas.columns import COLUMNS, Column


@dataclass(frozen=True)
class RowRule:
    """A named check over several columns of one row."""

    name: str
    expectation: str
    columns: tuple[str, ...]
    holds: Callable[[], pl.Expr]


@dataclass(frozen=True)
class Table:
    schema: str
    name: str
    grain_zh: str
    grain_en: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    references: dict[str, str] = field(default_factory=dict)
    row_rules: tuple[RowRule, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def comment(self) -> str:
        return f"{self.grain_zh} / {self.grain_en}"

    @property
    def described_columns(self) -> tuple[Column, ...]:
        return tuple(COLUMNS[name] for name in self.columns)

    @property
    def polars_schema(self) -> dict[str, pl.DataType]:
        return {column.name: column.dtype for column in self.described_columns}

    def is_required(self, column: str) -> bool:
        return column in self.key or column in self.required

    def expectations(self) -> dict[str, str]:
        """Rule id -> what it expects, for messages."""
        rules = {rule.name: rule.expectation for column in self.described_columns for rule in column.rules}
        rules |= {rule.name: rule.expectation for rule in self.row_rules}
        rules |= {f"{name}_missing": "a value" for name in self.columns if self.is_required(name)}
        return rules | {"key_repeated": f"one row per {', '.join(self.key)}"}

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.polars_schema)


@cache
def pandera_schema(full_name: str) -> pa.DataFrameSchema:
    """The table's declaration as a pandera schema: dtypes, nullability, column rules, row rules. Uniqueness of the key is judged apart."""
    table = TABLES[full_name]
    columns = {
        column.name: pa.Column(
            column.dtype,
            nullable=not table.is_required(column.name),
            checks=[_column_check(rule.name, rule.holds) for rule in column.rules],
        )
        for column in table.described_columns
    }
    row_checks = [_row_check(rule.name, rule.holds) for rule in table.row_rules]
    return pa.DataFrameSchema(columns, checks=row_checks, strict=True, ordered=True, name=full_name)


def _column_check(name: str, holds: Callable[[pl.Expr], pl.Expr]) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(holds(pl.col(data.key)).fill_null(True)), name=name)


def _row_check(name: str, holds: Callable[[], pl.Expr]) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(holds().fill_null(True)), name=name)


def _not_after(earlier: str, later: str) -> RowRule:
    return RowRule(
        f"{earlier}_not_after_{later}",
        f"{earlier} on or before {later}",
        (earlier, later),
        lambda: pl.col(earlier) <= pl.col(later),
    )


_BIBLIOGRAPHY = (
    "application_number",
    "application_number_original",
    "filing_date",
    "filing_year",
    "publication_date",
    "grant_date",
    "earliest_priority_date",
    "priority_numbers",
    "applicants",
    "current_owners",
    "inventors",
    "ipc_symbols",
    "cpc_symbols",
    "provinces",
    "cities",
    "districts",
    "addresses",
    "legal_status",
    "vendor_family_id",
    "vendor_family_size",
    "cited_by_documents",
)
_DATE_RULES = (_not_after("filing_date", "publication_date"), _not_after("filing_date", "grant_date"))

_TABLES = (
    Table(
        "landing",
        "publication",
        "每行为导出文件中的一条记录，已映射为规范列，尚未合并",
        "one record of an export file, mapped to canonical columns, not yet merged",
        (
            "source_file_id",
            "row_number",
            "publication_number",
            "publication_number_original",
            "office",
            "document_number",
            "kind_code",
            "stage",
            "patent_type",
            "title",
            "abstract",
            "claims",
            *_BIBLIOGRAPHY,
            "extra_columns",
        ),
        key=("source_file_id", "row_number"),
        required=("publication_number",),
        row_rules=_DATE_RULES,
    ),
    Table(
        "core",
        "publication",
        "每行为一件公布文献；同一文献来自多个文件时合并，字段取首个有值的来源",
        "one published document; rows of several files are merged, each field from the first source that has it",
        (
            "publication_number",
            "office",
            "document_number",
            "kind_code",
            "stage",
            "patent_type",
            "application_id",
            "title",
            "language",
            *_BIBLIOGRAPHY,
            "application_number_doubt",
            "publication_number_original",
            "source_file_id",
            "row_number",
        ),
        key=("publication_number",),
        required=(
            "office",
            "document_number",
            "stage",
            "patent_type",
            "application_id",
            "source_file_id",
            "row_number",
        ),
        references={
            "application_id": "core.application",
            "office": "core.office",
            "source_file_id": "meta.source_file",
        },
        row_rules=_DATE_RULES,
    ),
    Table(
        "core",
        "publication_text",
        "每行为一件公布文献的摘要与权利要求，存于 Parquet 文本库",
        "abstract and claims of one publication, kept in a Parquet text store beside the warehouse",
        ("publication_number", "abstract", "claims"),
        key=("publication_number",),
        references={"publication_number": "core.publication"},
    ),
    Table(
        "core",
        "publication_source",
        "每行为一条来源记录：哪个文件的哪一行给出该公布文献",
        "one source record: which row of which file gave the publication",
        ("source_file_id", "row_number", "publication_number", "is_first"),
        key=("source_file_id", "row_number"),
        required=("publication_number", "is_first"),
        references={"publication_number": "core.publication", "source_file_id": "meta.source_file"},
    ),
    Table(
        "core",
        "publication_value",
        "每行为一个来源对一件公布文献一个字段的说法，仅列来源不一致者；decided_by 为取值规则，is_chosen 为采用的值",
        "what one source says of one field of a publication, only where its sources disagree; decided_by names the declared order, "
        "is_chosen the value in core.publication before the team's corrections",
        ("publication_number", "field", "source_file_id", "row_number", "field_value", "is_chosen", "decided_by"),
        key=("publication_number", "field", "source_file_id", "row_number"),
        required=("field_value", "is_chosen", "decided_by"),
        references={"publication_number": "core.publication", "source_file_id": "meta.source_file"},
    ),
    Table(
        "core",
        "correction",
        "每行为团队对一个字段或一个同族的决定，优先于来源与规则；value_before 为此前的值",
        "one decision of the team on a field or a family, which overrules sources and rules; value_before is what stood there",
        (
            "correction",
            "publication_number",
            "field",
            "other_publication_number",
            "field_value",
            "value_before",
            "reviewer",
            "decision_date",
            "reason",
            "is_applied",
        ),
        key=("correction", "publication_number", "field", "other_publication_number"),
        required=("reviewer", "decision_date", "is_applied"),
    ),
    Table(
        "core",
        "family_suggestion",
        "每行为一对可能同族而未合并的同族，供复核",
        "two families that may be one and were not merged, for review",
        ("family_id", "suggested_family_id", "suggestion_reason", "shared_value"),
        key=("family_id", "suggested_family_id", "suggestion_reason"),
        required=("shared_value",),
        references={"family_id": "core.family", "suggested_family_id": "core.family"},
    ),
    Table(
        "core",
        "application",
        "每行为一件申请（件），是受理局、地区与法律统计的单位；地点为第一申请人",
        "one filing, the unit of office, region and legal counts; the place is the first applicant's",
        (
            "application_id",
            "application_id_basis",
            "office",
            "application_number",
            "filing_date",
            "filing_year",
            "earliest_priority_date",
            "patent_type",
            "legal_status",
            "grant_date",
            "family_id",
            "representative_publication_number",
            "publications",
            "title",
            "language",
            "applicant_basis",
            "province_code",
            "province",
            "city_code",
            "city",
            "district_code",
            "district",
            "place_basis",
            "place_confidence",
            "place_country",
            "district_code_2020",
            "district_code_2023",
            "boundary_basis",
        ),
        key=("application_id",),
        required=(
            "application_id_basis",
            "office",
            "patent_type",
            "family_id",
            "representative_publication_number",
            "publications",
            "place_basis",
        ),
        references={
            "family_id": "core.family",
            "office": "core.office",
            "representative_publication_number": "core.publication",
        },
        row_rules=(_not_after("filing_date", "grant_date"),),
    ),
    Table(
        "core",
        "family",
        "每行为一项同族（项），是技术与创新统计的单位",
        "one family, the unit of technology counts; family_definition says how it was formed",
        (
            "family_id",
            "family_definition",
            "representative_application_id",
            "earliest_priority_date",
            "applications",
            "offices",
        ),
        key=("family_id",),
        required=("family_definition", "representative_application_id", "applications", "offices"),
        references={"representative_application_id": "core.application"},
    ),
    Table(
        "core",
        "applicant",
        "每行为一个规范化申请人",
        "one harmonised applicant",
        ("applicant_id", "applicant_name", "name_en", "group_id", "applicant_type", "country"),
        key=("applicant_id",),
        required=("applicant_name", "group_id", "applicant_type"),
    ),
    Table(
        "core",
        "application_applicant",
        "每行为一件申请的一个申请人，含次序与分数",
        "one applicant of one filing, with its position and fractional credit",
        ("application_id", "position", "applicant_id", "group_id", "name_as_filed", "fraction"),
        key=("application_id", "position"),
        required=("applicant_id", "name_as_filed", "fraction"),
        references={"application_id": "core.application", "applicant_id": "core.applicant"},
    ),
    Table(
        "core",
        "applicant_group",
        "每行为一个申请人在一段时期内所属的集团；application_applicant.group_id 取申请日所在时期",
        "one membership of an applicant in a group over a period; application_applicant.group_id is that of the filing date",
        ("applicant_id", "group_id", "valid_from_date", "valid_to_date", "source"),
        key=("applicant_id", "group_id"),
        required=("source",),
    ),
    Table(
        "core",
        "applicant_suggestion",
        "每行为一对可能相同、但证据不足以合并的申请人，供人工判断；相同则记入 applicant_alias.csv，不同则记入 applicant_not_same.csv",
        "one pair of applicants that may be one and is not merged; decide it in applicant_alias.csv or applicant_not_same.csv",
        (
            "applicant_id",
            "other_applicant_id",
            "similarity",
            "suggested_by",
            "name",
            "other_name",
            "rows",
            "other_rows",
        ),
        key=("applicant_id", "other_applicant_id"),
        required=("similarity", "suggested_by", "name", "other_name", "rows", "other_rows"),
    ),
    Table(
        "core",
        "applicant_decision",
        "每行为本队对一个名称的决定，优先于规则；rule_applicant_id 为无此决定时的结果",
        "one decision of the team on a name, which overrules the rules; rule_applicant_id is what would hold without it",
        ("alias", "name_decision", "applicant_id", "rule_applicant_id", "times_named", "reason"),
        key=("alias", "name_decision", "applicant_id"),
        required=("times_named",),
    ),
    Table(
        "core",
        "application_symbol",
        "每行为一件申请的一个分类号；position 为 1 者为主分类",
        "one classification symbol of one filing; position 1 leads",
        ("application_id", "scheme", "symbol", "position"),
        key=("application_id", "scheme", "symbol"),
        required=("position",),
        references={"application_id": "core.application"},
    ),
    Table(
        "core",
        "application_branch",
        "每行为一件申请的一个技术分支标签及证据；统计只计 level = 'core'",
        "one branch label of one filing with its evidence; headline counts take level = 'core' only",
        ("application_id", "branch", "level", "score", "is_primary", "evidence", "taxonomy_version"),
        key=("application_id", "branch"),
        required=("level", "score", "is_primary", "evidence", "taxonomy_version"),
        references={"application_id": "core.application", "branch": "core.branch"},
    ),
    Table(
        "core",
        "review_decision",
        "每行为专家对一件公布文献与一个分支的决定，优先于规则；rule_level 可用于衡量规则与专家的一致程度",
        "one expert decision on one publication and branch, which overrules the rules; rule_level measures how often they agree",
        (
            "publication_number",
            "branch",
            "decision",
            "reviewer",
            "decision_date",
            "reason",
            "application_id",
            "rule_level",
        ),
        key=("publication_number", "branch"),
        required=("decision", "reviewer", "decision_date"),
        references={"branch": "core.branch"},
    ),
    Table(
        "core",
        "place_correction",
        "每行为本队对一件公布文献第一申请人地点的更正，优先于规则；rule_* 为规则所得",
        "one correction by the team of the first applicant's place, which overrules the rules; rule_* is what they gave",
        (
            "publication_number",
            "application_id",
            "province_code",
            "city_code",
            "district_code",
            "rule_province_code",
            "rule_city_code",
            "rule_district_code",
            "reviewer",
            "correction_date",
            "reason",
        ),
        key=("publication_number",),
        required=("correction_date",),
    ),
    Table(
        "core",
        "branch",
        "每行为一个三级技术分支及其上级；origin 说明名称出自原报告还是本项目补全",
        "one tier-3 branch with its parents; origin says whether the seed report names it or this project supplied it",
        (
            "branch",
            "tier1",
            "tier2",
            "title_zh",
            "title_en",
            "tier1_title_zh",
            "tier1_title_en",
            "tier2_title_zh",
            "tier2_title_en",
            "origin",
            "tier1_origin",
            "tier2_origin",
            "is_hot_in_seed",
            "priority",
            "branch_version",
            "definition_zh",
            "definition_en",
        ),
        key=("branch",),
        required=(
            "tier1",
            "tier2",
            "title_zh",
            "title_en",
            "origin",
            "tier1_origin",
            "tier2_origin",
            "is_hot_in_seed",
            "priority",
            "branch_version",
        ),
    ),
    Table(
        "core",
        "region",
        "每行为一个行政区划（GB/T 2260），含已撤并者",
        "one administrative region (GB/T 2260), abolished ones included",
        (
            "region_code",
            "region_name",
            "short_name",
            "name_en",
            "region_level",
            "parent_code",
            "region_status",
            "successor_code",
            "valid_from_date",
            "valid_to_date",
            "is_in_2020",
            "is_in_2023",
            "source",
        ),
        key=("region_code",),
        required=("region_name", "short_name", "region_level", "region_status", "source"),
    ),
    Table(
        "core",
        "office",
        "每行为一个专利局（WIPO ST.3）",
        "one patent office (WIPO ST.3)",
        ("office", "name_zh", "name_en", "is_ip5", "is_national"),
        key=("office",),
        required=("name_zh", "name_en", "is_ip5", "is_national"),
    ),
    Table(
        "core",
        "enterprise",
        "每行为一家企业；名单为参考表，不由专利推出；代码由注册地名称解析",
        "one enterprise of the reference register, not derived from patents; codes are those of its seat's names",
        (
            "enterprise_id",
            "enterprise_name",
            "province",
            "city",
            "district",
            "province_code",
            "city_code",
            "district_code",
            "place_confidence",
            "district_code_2020",
            "district_code_2023",
            "boundary_basis",
            "source",
        ),
        key=("enterprise_id",),
        required=("enterprise_name", "source"),
    ),
    Table(
        "core",
        "enterprise_stage",
        "每行为一家企业在一个产业链环节的一种产品；企业与环节为多对多",
        "one product of an enterprise at one chain stage; many to many",
        ("enterprise_id", "chain_stage", "product", "source"),
        key=("enterprise_id", "chain_stage", "product"),
        required=("source",),
        references={"enterprise_id": "core.enterprise"},
    ),
    Table(
        "core",
        "enterprise_applicant",
        "每行为一家企业与本数据中一个申请人的对应，按名称或别名",
        "one enterprise of the register and one applicant of these data that are the same, by name or alias",
        ("enterprise_id", "applicant_id", "matched_by"),
        key=("enterprise_id", "applicant_id"),
        required=("matched_by",),
        references={"enterprise_id": "core.enterprise", "applicant_id": "core.applicant"},
    ),
    Table(
        "core",
        "chain_node",
        "每行为产业链图上的一个节点",
        "one box of the industry-chain map",
        ("node_id", "chain_stage", "title_zh", "title_en", "origin", "branches", "note"),
        key=("node_id",),
        required=("chain_stage", "title_zh", "title_en", "origin"),
    ),
    Table(
        "core",
        "policy",
        "每行为原报告表 1 的一行，疑点列于 data_flag；重点内容为本项目的概括",
        "one row of table 1 of the seed report, its key content in this project's words; doubts about it stand in data_flag",
        (
            "policy_id",
            "issued_in",
            "issuer",
            "issuer_en",
            "policy_title",
            "policy_title_en",
            "key_content_zh",
            "key_content_en",
            "data_flag",
            "source",
        ),
        key=("policy_id",),
        required=("issued_in", "issuer", "policy_title", "source"),
    ),
    Table(
        "meta",
        "source_file",
        "每行为收件夹中的一个文件；rows_in = loaded + duplicate + quarantined + blank",
        "one file of the inbox; rows_in = loaded + duplicate + quarantined + blank",
        (
            "source_file_id",
            "path",
            "sha256",
            "bytes",
            "export",
            "status",
            "reason",
            "rows_in",
            "loaded",
            "duplicate",
            "quarantined",
            "blank",
            "unmapped_columns",
            "header_drift",
            "is_probably_cut_off",
            "remarks",
        ),
        key=("source_file_id",),
        required=(
            "path",
            "sha256",
            "bytes",
            "status",
            "rows_in",
            "loaded",
            "duplicate",
            "quarantined",
            "blank",
            "is_probably_cut_off",
        ),
        row_rules=(
            RowRule(
                "rows_add_up",
                "rows_in = loaded + duplicate + quarantined + blank",
                ("rows_in", "loaded", "duplicate", "quarantined", "blank"),
                lambda: (
                    pl.col("rows_in")
                    == pl.col("loaded") + pl.col("duplicate") + pl.col("quarantined") + pl.col("blank")
                ),
            ),
        ),
    ),
    Table(
        "meta",
        "rejected_row",
        "每行为一条被隔离记录的一个原因",
        "one reason for which one record was set aside",
        ("source_file_id", "row_number", "rule", "reason", "raw"),
        key=("source_file_id", "row_number", "rule"),
        required=("reason", "raw"),
        references={"source_file_id": "meta.source_file"},
    ),
    Table(
        "meta",
        "field_coverage",
        "每行为一个文件一年中一个字段的填充情况；无年份的记录不计",
        "how far one field is filled in one file and year; records without a year are not counted",
        ("source_file_id", "field", "coverage_year", "coverage_records", "covered_records", "expected_share"),
        key=("source_file_id", "field", "coverage_year"),
        required=("coverage_records", "covered_records"),
        references={"source_file_id": "meta.source_file"},
    ),
    Table(
        "meta",
        "row_correction",
        "每行为团队对文件中一个单元格的更正，读入前生效；source_file_id 为空者未找到该单元格",
        "one repair by the team of one cell of a file, put in before the file is judged; without source_file_id where no file has it",
        (
            "corrected_file",
            "row_number",
            "column_header",
            "field_value",
            "value_before",
            "source_file_id",
            "reviewer",
            "decision_date",
            "reason",
            "is_applied",
        ),
        key=("corrected_file", "row_number", "column_header"),
        required=("field_value", "reviewer", "decision_date", "is_applied"),
        references={"source_file_id": "meta.source_file"},
    ),
)

TABLES: dict[str, Table] = {table.full_name: table for table in _TABLES}
LANDING = TABLES["landing.publication"]
WAREHOUSE_TABLES: tuple[Table, ...] = tuple(table for table in _TABLES if table.schema != "landing")
# Abstracts are four fifths of a naive load: they stay in Parquet and the warehouse shows them through a view.
TEXT_TABLES: tuple[str, ...] = ("core.publication_text",)
