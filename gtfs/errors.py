"""The one exception of this package; its text is one line that says which file and row, what is wrong and how to mend it."""

from __future__ import annotations

from gtfs.findings import CheckReport, Finding


class FeedError(Exception):
    """A feed that cannot be used, or cannot be fetched or stored. Safe to show: holds no secrets and no personal data.

    ``report`` holds all that was found in a feed that is rejected; None when it was not read.
    """

    report: CheckReport | None = None

    def __init__(self, code: str, file: str = "", row: int | None = None, subject: str = "") -> None:
        self.finding = Finding.of(code, file=file, row=row, subject=subject)
        super().__init__(str(self.finding))

    @classmethod
    def from_finding(cls, finding: Finding) -> FeedError:
        """The error for a finding that rejects the feed."""
        return cls(finding.code, finding.file, finding.row, finding.subject)

    @classmethod
    def from_report(cls, report: CheckReport) -> FeedError:
        """The error for a report that rejects the feed."""
        error = cls.from_finding(report.findings[0])
        error.report = report
        return error

    @property
    def file(self) -> str:
        return self.finding.file

    @property
    def row(self) -> int | None:
        return self.finding.row

    @property
    def what(self) -> str:
        return self.finding.message

    @property
    def mend(self) -> str:
        return self.finding.mend
