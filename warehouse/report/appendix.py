"""Where the data come from, what was lost on the way, and what every number means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from warehouse.report.figure import Figure, Reader, figure, picked, table
from warehouse.report.reading import Answer


def claim(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("claim")
    if not answer.rows:
        return figure(reader, answer, empty=words.say("claim_empty"))
    verdicts = Counter(str(row["verdict"]) for row in answer.rows)
    told = {verdict: verdicts[verdict] for verdict in ("true", "false", "unanswerable")}
    columns = ("verdict", f"sentence_{words.language}", f"condition_{words.language}", "found")
    return figure(
        reader,
        answer,
        sentences=(words.say("claim_says", claims=len(answer.rows), **told),),
        sheet=table(words, answer, columns),
    )


def merge_flow(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("merge_flow")
    overall = next(row for row in answer.rows if row["scope"] == "overall")
    if not overall["rows_in"]:
        return figure(reader, answer, empty=words.say("merge_flow_empty"))
    measures = ("rows_in", "loaded", "duplicate", "quarantined", "blank", "publications", "applications", "families")
    return figure(
        reader,
        answer,
        sentences=(words.say("merge_flow_says", **picked(overall, *measures)),),
        sheet=table(words, answer, ("scope", "path", *measures)),
        is_sheet_open=True,
    )


def source_file(reader: Reader) -> Figure:
    columns = ("path", "export", "status", "reason", "rows_in", "unmapped_columns")
    return _as_it_is(reader, reader.ask("source_file"), columns)


def rejected_row(reader: Reader) -> Figure:
    columns = ("rule", "first_reason", "rejected_rows", "source_files")
    return _as_it_is(reader, reader.ask("rejected_row"), columns)


def coverage(reader: Reader) -> Figure:
    columns = (f"aspect_{reader.words.language}", "applications", "applications_in_scope", "share")
    return _as_it_is(reader, reader.ask_at_level("coverage"), columns)


def open_check(reader: Reader) -> Figure:
    columns = ("check_id", "severity", f"title_{reader.words.language}", "offending_rows")
    return _as_it_is(reader, reader.ask("open_check"), columns)


def convention(reader: Reader) -> Figure:
    language = reader.words.language
    columns = ("metric", f"title_{language}", f"question_{language}", "grain", "conventions")
    return _as_it_is(reader, reader.ask("convention"), columns)


def branch_definition(reader: Reader) -> Figure:
    names = ("title", "tier2_title", "tier1_title", "definition")
    columns = (*(f"{name}_{reader.words.language}" for name in names), "origin")
    return _as_it_is(reader, reader.ask("branch_definition"), columns)


def _as_it_is(reader: Reader, answer: Answer, columns: Sequence[str]) -> Figure:
    """A table of the answer, row by row."""
    if not answer.rows:
        return figure(reader, answer, empty=reader.words.say(f"{answer.question}_empty"))
    return figure(reader, answer, sheet=table(reader.words, answer, columns), is_sheet_open=True)
