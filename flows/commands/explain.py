"""`patnav explain`: why a document is in its branches."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal import (
    HERE,
    JsonOption,
    Panel,
    TaxonomyOption,
    WorkspaceOption,
    chosen_taxonomy,
    print_json,
    published_database,
)

PANEL = Panel.CLASSIFYING


def command(
    publication: Annotated[str, typer.Argument(help="公开号，任何写法 a publication number in any spelling")],
    workspace: WorkspaceOption = HERE,
    why_not: Annotated[
        str | None, typer.Option("--why-not", help="为何不属于该分支 why it is not in this branch")
    ] = None,
    taxonomy: TaxonomyOption = None,
    as_json: JsonOption = False,
) -> None:
    """说明分类依据：哪些词与分类号把它归入哪个分支。Which words and codes put a document into which branch."""
    from flows.explain import explain_publication, told

    folder = chosen_taxonomy(workspace, taxonomy)
    explanation = explain_publication(published_database(workspace), publication, why_not, folder)
    print_json(explanation.as_dict()) if as_json else print(told(explanation))
