"""Where the data come from, what was lost on the way, and what every number means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

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
        readings=(words.say("claim_says", claims=len(answer.rows), **told),),
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
        readings=(words.say("merge_flow_says", **picked(overall, *measures)),),
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


def label_precision(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("label_precision")
    whole = next(row for row in answer.rows if row["branch"] is None)
    if not whole["reviewed_labels"]:
        return figure(reader, answer, empty=words.say("label_precision_empty", decisions=whole["decisions"]))
    measures = ("decisions", "reviewed_labels", "confirmed_labels", "missed_labels")
    intervals = ("precision", "lowest_precision", "highest_precision")
    name = f"branch_{words.language}"
    reviewed = [row | {name: row[name] or words["whole"]} for row in answer.rows if row["decisions"]]
    return figure(
        reader,
        answer,
        readings=(words.say("label_precision_says", **picked(whole, *measures, *intervals)),),
        notes=(words.say("label_precision_note"),),
        sheet=table(words, answer, (name, *measures, *intervals, "is_small_base"), reviewed),
        is_sheet_open=True,
    )


def version(reader: Reader) -> Figure:
    """The versions that are kept, so that a reader knows what this one is compared with."""
    kept = reader.kept
    counted = {"publications": "core.publication", "applications": "core.application", "families": "core.family"}
    rows = tuple(
        {
            "version_key": each.version_key,
            "is_current": each.version_key == reader.scope.build["version_key"],
            "created": each.created[:19].replace("T", " "),
            **{name: each.rows.get(stored) for name, stored in counted.items()},
            "taxonomy_version": each.taxonomy_version,
            "patnav_version": each.patnav_version,
            "content_hash": each.content_hash,
        }
        for each in kept.versions
    )
    columns = ("version_key", "is_current", "created", *counted, "taxonomy_version", "patnav_version", "content_hash")
    return _as_it_is(reader, Answer("version", ("builds/*.json",), columns, rows), columns[:-1])


def version_change(reader: Reader) -> Figure:
    words, kept = reader.words, reader.kept
    columns = ("branch", "title_zh", "change", "cause", "applications", "examples")
    rows = tuple(asdict(each) for each in kept.label_changes)
    answer = Answer("version_change", ("core.application_branch",), columns, rows)
    if kept.problem:
        return figure(reader, answer, empty=words.say("version_change_problem", problem=kept.problem))
    if kept.earlier is None:
        return figure(reader, answer, empty=words.say("version_change_empty"))
    moved = {
        change: sum(row["applications"] for row in rows if row["change"] == change) for change in ("gained", "lost")
    }
    says = words.say("version_change_says", version_key=kept.earlier.version_key, **moved)
    sheet = table(words, answer, columns[:-1]) if rows else None
    return figure(reader, answer, readings=(says,), sheet=sheet, is_sheet_open=True)


def run(reader: Reader) -> Figure:
    columns = ("started_at", "occasion", "status", "version_key", "rows_in", "quarantined", "problem")
    return _as_it_is(reader, reader.ask("run"), columns)


def source_freshness(reader: Reader) -> Figure:
    columns = ("source", "files", "arrived_at", "data_until", "stale_after_days")
    return _as_it_is(reader, reader.ask("source_freshness"), columns)


def convention(reader: Reader) -> Figure:
    language = reader.words.language
    columns = ("metric", *(f"{name}_{language}" for name in ("title", "grain", "conventions")))
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
