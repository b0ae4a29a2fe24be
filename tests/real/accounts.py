"""What becomes of every real file at hand: `python -m tests.real.accounts` writes the tables of docs/exports.md anew.

Each file is landed by itself. `loaded` are its distinct publications, `duplicate` its further rows of one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import PatnavError
from tests.conftest import ROOT, real_data_folder
from transforms.export import Export, exports
from transforms.landing import Landing, land

DOCUMENT = ROOT / "docs" / "exports.md"
BEGIN, END = "<!-- accounts of the real files: begin -->", "<!-- accounts of the real files: end -->"
FORMATS_BEGIN, FORMATS_END = "<!-- formats: begin -->", "<!-- formats: end -->"
# Folders and files of the collection that hold no patents: regions, schemes, names, codes, licences.
NO_PATENTS = (
    "headers/", "npm_", "pkg_cpca/", "pkg_pv_evaluation/", "ref_", "uspto_xml_samples/cpc", "LICENSE", "MANIFEST.tsv",
    "selected_labels.json", "synbio_patents_code_book", "legal_code_descriptions", "uspto_assignment", "uspto_odp_fixtures_assignment",
    "uspto_odp_fixtures_continuity", "uspto_odp_fixtures_transactions", "query_config.csv",
)  # fmt: skip
# More than a second or two each; the suite of every commit takes the others.
LARGE = (
    "patsnap_renyidake/",
    "cn_epub_hicug/",
    "cn_sdust_qdqzy/",
    "ewaste_poldham/",
    "gp_faysal_ai/",
    "pizza_medium",
    "drone_",
)
REASON_LENGTH = 160


@dataclass(frozen=True)
class Account:
    path: str
    export: str = ""
    rows_in: int = 0
    loaded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    blank: int = 0
    remark: str = ""

    @property
    def adds_up(self) -> bool:
        return self.rows_in == self.loaded + self.duplicate + self.quarantined + self.blank

    @property
    def line(self) -> str:
        figures = (self.rows_in, self.loaded, self.duplicate, self.quarantined, self.blank)
        told = [f"{figure:,}" for figure in figures] if self.export else [""] * 5
        return f"| {' | '.join((self.path, self.export or 'refused', *told, self.remark))} |"


def files_with_patents() -> list[str]:
    """Paths of the real files that hold patents, sorted."""
    folder = real_data_folder()
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in paths if not any(mark in path for mark in NO_PATENTS))


def account_of(path: str) -> Account:
    try:
        landing = land(real_data_folder() / path, "account", Path(path).name)
    except PatnavError as error:
        return Account(
            path, remark=_cell(f"{error.found}; expected {error.expected}" if error.expected else error.found)
        )
    publications = landing.accepted["publication_number"].n_unique()
    return Account(
        path,
        landing.export,
        landing.rows_in,
        publications,
        landing.accepted.height - publications,
        landing.rejected["row_number"].n_unique(),
        landing.blank,
        _cell(_remark(landing)),
    )


def _remark(landing: Landing) -> str:
    rules = landing.rejected.group_by("rule").len().sort("len", "rule", descending=[True, False]).rows()
    told = [f"{rule} {number:,}" for rule, number in rules]
    if landing.unfolded:
        told.append(f"{landing.unfolded:,} further publications of its records")
    if landing.is_probably_cut_off:
        told.append("probably cut off")
    return "; ".join((*told, *landing.remarks, *landing.header_drift))


def _cell(text: str) -> str:
    short = text if len(text) <= REASON_LENGTH else text[: REASON_LENGTH - 1] + "…"
    return " ".join(short.replace("|", "/").split())


def table(accounts: list[Account]) -> str:
    head = "| file | export | rows_in | loaded | duplicate | quarantined | blank | remark |\n|---|---|--:|--:|--:|--:|--:|---|"
    return "\n".join((head, *(account.line for account in accounts)))


def formats() -> str:
    """The table of the formats, out of their declarations."""
    head = "| id | format | known by | precedence | cut off at | tried |\n|---|---|---|--:|---|---|"
    lines = [
        f"| `{export.id}` | {export.title_zh}<br>{export.title_en} | {_known_by(export)} | {export.precedence} "
        f"| {', '.join(f'{cap:,}' for cap in export.caps) or '–'} | {'yes' if export.is_tried else 'no'} |"
        for export in sorted(exports().values(), key=lambda export: export.precedence)
    ]
    return "\n".join((head, *lines))


def _known_by(export: Export) -> str:
    return ", ".join(each if isinstance(each, str) else " / ".join(each) for each in export.recognised_by)


def _between(text: str, begin: str, end: str, new: str) -> str:
    return f"{text[: text.index(begin) + len(begin)]}\n\n{new}\n\n{text[text.index(end) :]}"


def stated_lines() -> dict[str, str]:
    """The lines of the table in docs/exports.md by file."""
    text = DOCUMENT.read_text(encoding="utf-8")
    lines = text[text.index(BEGIN) : text.index(END)].splitlines()
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines if "/" in line.split(" | ")[0]}


def main() -> None:
    text = _between(DOCUMENT.read_text(encoding="utf-8"), FORMATS_BEGIN, FORMATS_END, formats())
    accounts = [account_of(path) for path in files_with_patents()]
    DOCUMENT.write_text(_between(text, BEGIN, END, table(accounts)), encoding="utf-8")


if __name__ == "__main__":
    main()
