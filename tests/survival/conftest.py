"""The survival room has its own target, `make test-survival`: its tests kill, starve and damage, and take minutes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import IS_NIGHTLY
from tests.survival.account import SEED, Account, versions_in_use
from tests.survival.places import Places
from tests.survival.refreshing import Refreshing

IS_ASKED_FOR = IS_NIGHTLY or os.environ.get("PATNAV_SURVIVAL") == "1"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if collection_path.name.startswith("test_") and not IS_ASKED_FOR else None


@pytest.fixture
def account(record_property: Callable[[str, object], None]) -> Iterator[Callable[..., Account]]:
    """account("R2") opens the account of a guarantee; it is closed, and told in the summary, when the test ends."""
    opened: list[Account] = []

    def open_account(guarantee: str, seed: int = SEED) -> Account:
        opened.append(Account(guarantee, seed))
        return opened[-1]

    yield open_account
    for each in opened:
        record_property("survival", each.facts())
    for each in opened:
        each.close()


@pytest.fixture(scope="session")
def refreshing() -> Iterator[Refreshing]:
    """Starts refreshes in processes of their own."""
    with Refreshing() as starter:
        yield starter


@pytest.fixture(scope="session")
def places(refreshing: Refreshing, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Workspaces to copy, and what an undisturbed refresh makes of them."""
    return Places(refreshing, tmp_path_factory.mktemp("places"))


def pytest_terminal_summary(terminalreporter) -> None:
    """The table of the run: guarantee, trials, violated, seed, seconds."""
    found: dict[str, list[dict]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, facts in getattr(report, "user_properties", ()):
                if name == "survival" and report.when == "teardown":
                    found.setdefault(facts["guarantee"], []).append(facts)
    if not found:
        return
    terminalreporter.section("survival")
    terminalreporter.line(versions_in_use())
    for guarantee, accounts in sorted(found.items(), key=lambda item: (item[0][0], int(item[0][1:].split()[0]))):
        trials, violated = (sum(each[name] for each in accounts) for name in ("trials", "violated"))
        seeds = ", ".join(sorted({str(each["seed"]) for each in accounts}))
        seconds = sum(each["seconds"] for each in accounts)
        terminalreporter.line(
            f"{guarantee:5} {trials:6,} trials  {violated:3} violated  seed {seeds}  {seconds:6.1f} s"
        )
