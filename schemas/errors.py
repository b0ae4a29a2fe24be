"""One family of errors. Each says where it happened, what was found, what was expected and what to do."""

from __future__ import annotations


class PatnavError(Exception):
    """A failure that a user can act on.

    `where` names the file, table or place; `found` and `expected` what stood there and what should have; `remedy` the next step.
    """

    def __init__(self, where: str, found: str, expected: str = "", remedy: str = "") -> None:
        self.where, self.found, self.expected, self.remedy = where, found, expected, remedy
        parts = [f"{where}: {found}"]
        if expected:
            parts.append(f"expected {expected}")
        if remedy:
            parts.append(remedy)
        super().__init__("; ".join(parts))

    def as_dict(self) -> dict[str, str]:
        return {
            "error": type(self).__name__,
            "where": self.where,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }


class WorkspaceError(PatnavError):
    """The workspace folder is missing, empty, or of the other kind (sample against real)."""


class RefreshBusyError(PatnavError):
    """Another refresh holds the workspace's lock."""


class UnreadableFileError(PatnavError):
    """The bytes of a file are not what their format promises."""


class EncodingError(UnreadableFileError):
    """Bytes contradict their declared encoding, or which encoding they are in cannot be told."""


class ArchiveError(UnreadableFileError):
    """An archive is damaged, hostile, nested, or locked with a password."""


class ReadingLimitError(UnreadableFileError):
    """Reading a file would take, or took, more memory, time or unpacked bytes than allowed."""


class UnsafeMarkupError(UnreadableFileError):
    """Markup declares entities or refers to things outside itself."""


class UnknownExportError(PatnavError):
    """No export format of the cabinet knows this header."""


class ContractError(PatnavError):
    """A table does not keep to its declaration in schemas/tables.py: our bug, the run stops."""


class ReferenceTableError(PatnavError):
    """A reference table (shipped or the team's own) cannot be used."""


class TaxonomyError(PatnavError):
    """The taxonomy folder is not consistent: unknown parent, double id, missing key."""


class QueryError(PatnavError):
    """A branch query cannot be parsed."""


class CheckFailedError(PatnavError):
    """A warehouse check found offending rows: nothing is published."""


class PublishError(PatnavError):
    """The new version could not be put in place; the published one stays."""


class MirrorError(PatnavError):
    """The copy in PostgreSQL could not be put in place; the one that was there stays."""


class QuestionError(PatnavError):
    """An ad-hoc SQL question that the warehouse cannot answer."""
