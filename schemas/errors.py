"""One family of errors. Each says where it happened, what was found, what was expected and what to do."""

from __future__ import annotations

import copyreg


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

    def __reduce__(self) -> tuple:
        """So that it can come back from another process: made without __init__, which takes other arguments than the message."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__

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


class StorageError(PatnavError):
    """The disk is full, failing, or not ours to write on."""


class ClusterError(PatnavError):
    """The cluster that the workspace names cannot do the work: not reached, without workers, not of one code or one folder."""


class UnreadableFileError(PatnavError):
    """The bytes of a file are not what their format promises."""


class EncodingError(UnreadableFileError):
    """Bytes contradict their declared encoding, or which encoding they are in cannot be told."""


class ArchiveError(UnreadableFileError):
    """An archive is damaged, hostile, nested, or locked with a password."""


class DamagedArchiveError(ArchiveError):
    """Bytes of an archive or of a member are missing or not what their checksum says: as after a broken transfer."""


class ReadingLimitError(UnreadableFileError):
    """Reading a file would take, or took, more memory, time or unpacked bytes than allowed."""


class ReadingDiedError(ReadingLimitError):
    """The reading of a file ended without a word of what is wrong with it: the machine may be to blame as well as the file."""


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


class ScheduleError(PatnavError):
    """The schedule cannot be kept: it is not stated well, or nothing would fire it."""


class QuestionLimitError(QuestionError):
    """An ad-hoc SQL question that would take, or took, more time, memory or rows than allowed."""


class PullError(PatnavError):
    """A source could not be pulled; what was pulled before stays. Its kinds are named by what went wrong."""


class AddressRefusedError(PullError):
    """An address outside of what sources.toml allows: another host, an inner network, no https."""


class CredentialError(PullError):
    """A credential is not in the environment, or the source does not accept it."""


class DeadlineError(PullError):
    """The time that a request may take in all has passed."""


class NoAnswerError(PullError):
    """The source could not be reached, broke off, or asked to come later as often as we tried."""


class WrongAnswerError(PullError):
    """The source answered what the protocol does not allow here, or that there is no such thing."""


class IncompleteDownloadError(PullError):
    """The bytes are not all there, or not the ones that were announced."""


class WrongContentError(PullError):
    """Whole bytes, but of something else: a login page, an error text, another format, much less than last time."""


class DownloadLimitError(PullError):
    """More bytes than allowed, or than the disk holds."""
