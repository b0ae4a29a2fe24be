"""Evaluate the claims: each a sentence with a truth condition, asked of the metrics of one warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Any

import duckdb

from warehouse import cabinet
from warehouse.cabinet import Claim

TRUE, FALSE, UNANSWERABLE = "true", "false", "unanswerable"
_NOTHING = "—"


@dataclass(frozen=True)
class ClaimResult:
    """What the data say of one claim. `found`: what they hold, tersely; a sentence says it in words in either case."""

    claim: Claim
    verdict: str
    found: str
    sentence_zh: str
    sentence_en: str

    def as_row(self) -> list[object]:
        """A row of meta.claim."""
        claim = self.claim
        return [
            claim.claim,
            claim.seed,
            claim.figure,
            claim.title_zh,
            claim.title_en,
            self.verdict,
            self.found,
            self.sentence_zh,
            self.sentence_en,
            claim.condition_zh,
            claim.condition_en,
            claim.sql,
        ]


def evaluate_claims(connection: duckdb.DuckDBPyConnection) -> list[ClaimResult]:
    """Every claim of the cabinet by name, on a warehouse that has its metrics."""
    return [evaluate_claim(connection, claim) for claim in cabinet.claims()]


def evaluate_claim(connection: duckdb.DuckDBPyConnection, claim: Claim) -> ClaimResult:
    """True, false, or unanswerable where the query gives no row or says what is missing."""
    cursor = connection.execute(claim.sql)
    names = [column[0] for column in cursor.description]
    row = cursor.fetchone()
    values = dict(zip(names, row, strict=True)) if row else {"missing_zh": claim.title_zh, "missing_en": claim.title_en}
    if values["missing_zh"] is not None:
        return ClaimResult(
            claim,
            UNANSWERABLE,
            "",
            f"（{claim.title_zh}：数据不足，缺少{values['missing_zh']}。）",
            f"({claim.title_en}: the data do not answer, there is no {values['missing_en']}.)",
        )
    holds = bool(values["holds"])
    zh, en = (claim.sentence_zh, claim.sentence_en) if holds else (claim.otherwise_zh, claim.otherwise_en)
    return ClaimResult(claim, TRUE if holds else FALSE, values["found"], _told(zh, values), _told(en, values))


class _Sentence(Formatter):
    """str.format that writes a dash for what is not there."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return _NOTHING if value is None else super().format_field(value, format_spec)


def _told(template: str, values: dict[str, object]) -> str:
    return _Sentence().vformat(template, (), values)
