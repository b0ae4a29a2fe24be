"""Why a document stands in a branch: its filing's text and codes judged again, with the words and codes that decided."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from schemas.branches import load_taxonomy
from schemas.errors import QuestionError
from transforms.classify import BranchVerdict
from transforms.classify import explain as explain_record
from transforms.numbers import publication_number, publication_parts
from warehouse.record import record_of


@dataclass(frozen=True)
class Explanation:
    """`taxonomy_version` is that of the rules that explain, `published_taxonomy_version` that of the published labels."""

    publication_number: str
    application_id: str
    title: str | None
    taxonomy_version: str
    published_taxonomy_version: str
    verdicts: tuple[BranchVerdict, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def explain_publication(
    database: Path, number: str, why_not: str | None = None, taxonomy_folder: Path | None = None
) -> Explanation:
    """The verdicts that gave `number`'s filing its labels; with `why_not`, only that branch's, label or none.

    Raises QuestionError when the warehouse does not hold the publication or the taxonomy the branch.
    """
    taxonomy = load_taxonomy(taxonomy_folder)
    canonical = _canonical(number)
    record = record_of(database, canonical)
    verdicts = explain_record(record, taxonomy)
    if why_not is not None:
        verdicts = [verdict for verdict in verdicts if verdict.branch == why_not]
        if not verdicts:
            known = ", ".join(branch.id for branch in taxonomy.branches)
            raise QuestionError(f"--why-not {why_not}", "no such branch", f"one of {known}")
    else:
        verdicts = [verdict for verdict in verdicts if verdict.level]
    filing, published = (record["application_id"], record["title"]), record["taxonomy_version"]
    return Explanation(canonical, *filing, taxonomy.version, published, tuple(verdicts))


def _canonical(number: str) -> str:
    parts = pl.DataFrame({"number": [number]}).select(publication_parts(pl.col("number")).alias("parts"))
    canonical = parts.select(publication_number(pl.col("parts"))).item()
    if canonical is None:
        raise QuestionError(number, "no publication number", "office, number and kind code, like CN109359736A")
    return canonical


def told(explanation: Explanation) -> str:
    """The explanation as a person reads it."""
    lines = [
        f"{explanation.publication_number}  {explanation.title or ''}",
        f"申请 application {explanation.application_id} · 分支体系 taxonomy {explanation.taxonomy_version}",
    ]
    if explanation.taxonomy_version != explanation.published_taxonomy_version:
        lines.append(
            f"注意：已发布的标签由另一分支体系得出 note: the published labels come from another taxonomy, "
            f"{explanation.published_taxonomy_version}"
        )
    if not explanation.verdicts:
        lines.append("不属于任何分支 in none of the branches (--why-not BRANCH tells which clause failed)")
    for verdict in explanation.verdicts:
        primary = " · 主分支 primary" if verdict.is_primary else ""
        lines.append(f"\n{verdict.branch} · {verdict.level or '—'} · 得分 score {verdict.score:g}{primary}")
        lines += evidence_lines(verdict)
    return "\n".join(lines)


def evidence_lines(verdict: BranchVerdict) -> list[str]:
    """The words, the codes and what is lacking, each on a line where there is any."""
    lines = []
    if verdict.terms:
        terms = (f"{term.value} ({term.field} {term.position})" for term in verdict.terms)
        lines.append("  词 terms  " + ", ".join(terms))
    if verdict.codes:
        lines.append("  号 codes  " + ", ".join(f"{code.value} ({code.field})" for code in verdict.codes))
    if verdict.why_not:
        lines.append(f"  未满足 lacking  {verdict.why_not}")
    return lines
