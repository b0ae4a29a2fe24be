"""The address of the mirror and what is refused before any server is asked; the rest is in tests/bi."""

from __future__ import annotations

import pytest

from schemas.errors import MirrorError
from warehouse.build import BuildReport
from warehouse.mirror import mirror, shown_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://bi:secret@db.example:5433/nav", "postgresql://bi@db.example:5433/nav"),
        ("postgres://bi:se%40cret@db.example/nav", "postgres://bi@db.example/nav"),
        ("postgresql://bi:secret@with@db.example/nav", "postgresql://bi@db.example/nav"),
        ("postgresql://db.example/nav?password=secret&sslmode=require", "postgresql://db.example/nav"),
        ("postgresql:///nav?host=/run/postgresql", "postgresql:///nav"),
        ("postgresql://bi:secret@a.example:1,b.example:2/nav#secret", "postgresql://bi@a.example:1,b.example:2/nav"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert shown_address(address) == shown


@pytest.mark.parametrize(
    "address",
    [
        "mysql://bi:secret@db.example/nav",
        "bi:secret@db.example/nav",
        "host=db.example password=secret",
        "postgresql://[bi:secret@db.example/nav",
        "postgresql://bi:secret%zz@127.0.0.1:1/nav",
        "postgresql://bi:secret@127.0.0.1:1/nav",
        "postgresql://bi@127.0.0.1:1/nav?password=secret",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_telling_it(built: BuildReport, address: str) -> None:
    with pytest.raises(MirrorError) as refused:
        mirror(built.target, address)
    told = [str(refused.value), repr(refused.value), str(refused.value.as_dict())]
    assert not [text for text in told if "secret" in text]
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("prefix", ["pg_", "Nav_", 'a"b', "1a", "a-b", "a b", "导航_", "a" * 21])
def test_a_prefix_that_is_no_beginning_of_a_name_is_refused(built: BuildReport, prefix: str) -> None:
    with pytest.raises(MirrorError, match="prefix"):
        mirror(built.target, "postgresql://bi@127.0.0.1:1/nav", prefix=prefix)
