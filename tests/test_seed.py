"""The statements of the seed document on the sample: all true by its data, and false where the data are changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from warehouse import cabinet
from warehouse.build import compute_metrics, create_metrics, create_structure
from warehouse.claiming import evaluate_claim, evaluate_claims

# Metrics are computed from the tables, so taking a filing out of core.application takes it out of every metric.
CHANGES = {
    "half of Hangzhou's filings are gone": """
        DELETE FROM core.application
        WHERE city_code = '330100' AND office = 'CN' AND CAST(right(md5(application_id), 1) AS VARCHAR) < '8'
    """,
    "Shanghai files twice as much": """
        CREATE TEMP TABLE twin AS
            SELECT * REPLACE (application_id || '/2' AS application_id, family_id || '/2' AS family_id)
            FROM core.application WHERE province_code = '310000' AND office = 'CN';
        INSERT INTO core.application_branch
            SELECT label.* REPLACE (label.application_id || '/2' AS application_id)
            FROM core.application_branch AS label
            SEMI JOIN twin ON twin.application_id = label.application_id || '/2';
        INSERT INTO core.application SELECT * FROM twin
    """,
    "IBM files nothing": """
        DELETE FROM core.application WHERE application_id IN (
            SELECT link.application_id FROM core.application_applicant AS link
            INNER JOIN core.applicant AS applicant ON applicant.applicant_id = link.applicant_id
            WHERE applicant.group_id = 'ibm' AND link.position = 1
        )
    """,
    "the enterprises of Hangzhou sit in Ningbo": "UPDATE core.enterprise SET city_code = '330200' WHERE city_code = '330100'",
    "nothing is labelled": "DELETE FROM core.application_branch",
    "a policy is struck out": "DELETE FROM core.policy WHERE policy_id = '4'",
    "upstream enterprises multiply": """
        INSERT INTO core.enterprise_stage
            SELECT enterprise_id, 'upstream', 'new', 'test' FROM core.enterprise WHERE province_code = '330000'
    """,
}
TURNED = {
    "half of Hangzhou's filings are gone": {"s10_city_applications", "s05_province_rank", "s06_overtaking"},
    "Shanghai files twice as much": {"s06_overtaking"},
    "IBM files nothing": {"s03_applicants"},
    "the enterprises of Hangzhou sit in Ningbo": {"s10_city_enterprises"},
    "nothing is labelled": {"s03_applicants", "s08_focus"},
    "a policy is struck out": {"t01_policies"},
    "upstream enterprises multiply": {"s12_positioning"},
}


@pytest.fixture(scope="session")
def told(sample_database: Path):
    with duckdb.connect(str(sample_database.resolve()), read_only=True) as connection:
        return {result.claim.claim: result for result in evaluate_claims(connection)}


def test_every_statement_of_the_seed_is_true_on_the_sample(told) -> None:
    assert {name: result.verdict for name, result in told.items()} == dict.fromkeys(told, "true")
    assert {result.claim.seed for result in told.values()} == set(range(15))


def test_english_sentences_name_in_english(told) -> None:
    """The names of the made-up enterprises aside: their register has no others."""
    for name, result in told.items():
        assert not re.search(r"[\u3400-\u9fff]", result.sentence_en.replace("合成企业", "")), name
    assert "Zhejiang" in told["s05_province_rank"].sentence_en and "Shanghai" in told["s06_overtaking"].sentence_en
    assert "Binjiang, Xihu, Yuhang" in told["s11_districts"].sentence_en


def test_the_warehouse_holds_what_the_claims_say(sample_database: Path, told) -> None:
    with duckdb.connect(str(sample_database.resolve()), read_only=True) as connection:
        rows = connection.execute("SELECT claim, verdict, sentence_zh, sentence_en FROM meta.claim").fetchall()
    assert {row[0]: row[1:] for row in rows} == {
        name: (result.verdict, result.sentence_zh, result.sentence_en) for name, result in told.items()
    }


@pytest.mark.parametrize("change", CHANGES)
def test_changed_data_turn_the_claims_that_they_concern(change: str, sample_database: Path, told, tmp_path) -> None:
    copy = shutil.copy(sample_database.resolve(), tmp_path / "changed.duckdb")
    with duckdb.connect(str(copy)) as connection:
        connection.execute(CHANGES[change])
        compute_metrics(connection)
        after = {result.claim.claim: result for result in evaluate_claims(connection)}
    turned = {name for name in told if after[name].verdict != "true"}
    assert turned >= TURNED[change]
    assert all(after[name].sentence_zh != told[name].sentence_zh for name in turned)
    assert all(after[name].sentence_en != told[name].sentence_en for name in turned)
    untouched = {"s00_chain", "s07_tree", "s09_enterprises"}
    assert not turned & untouched


@pytest.fixture(scope="module")
def empty():
    """A warehouse of which every table is empty."""
    with duckdb.connect() as connection:
        create_structure(connection)
        create_metrics(connection)
        yield connection


@pytest.mark.parametrize("claim", cabinet.claims(), ids=lambda claim: claim.claim)
def test_a_claim_on_an_empty_warehouse_is_not_answerable_and_says_what_is_missing(claim, empty) -> None:
    result = evaluate_claim(empty, claim)
    assert result.verdict == "unanswerable"
    assert claim.title_zh in result.sentence_zh and claim.title_en in result.sentence_en
