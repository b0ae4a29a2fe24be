"""The marts as a step of the route: after the publication, made up for by the next run, off where nobody wants them."""

from __future__ import annotations

import pytest

from flows.progress import Progress
from flows.refresh import NOTHING_NEW, refresh
from warehouse.marts import current_marts, findings
from warehouse.publish import current_key, verify

QUIET = Progress(quiet=True)


def test_a_run_that_failed_after_the_publication_is_made_up_for_by_the_next(world_workspace) -> None:
    settings = world_workspace.settings_file
    settings.write_text(settings.read_text("utf-8").replace("parquet_marts = false", "parquet_marts = true"), "utf-8")

    def failing(step, *arguments):
        if step.__name__ == "write_marts":
            raise RuntimeError("power loss in write_marts")
        return step(*arguments)

    with pytest.raises(RuntimeError, match="write_marts"):
        refresh(world_workspace, QUIET, failing)
    published = current_key(world_workspace.warehouse)
    assert (verify(world_workspace.warehouse), current_marts(world_workspace.warehouse)) == ([], None)

    again = refresh(world_workspace, QUIET)
    assert (again.outcome, again.version_key) == (NOTHING_NEW, published)
    assert (current_marts(world_workspace.warehouse), findings(world_workspace.warehouse)) == (published, [])
    assert (world_workspace.marts / "patnav.duckdb").samefile(world_workspace.database)

    settings.write_text(settings.read_text("utf-8").replace("parquet_marts = true", "parquet_marts = false"), "utf-8")
    off = refresh(world_workspace, QUIET)
    assert (off.outcome, off.version_key) == (NOTHING_NEW, published)
    assert not (world_workspace.warehouse / "marts").exists()
