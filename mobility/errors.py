"""What can go wrong, as a tree; an expected "no" is a Rejection, not an error.

MobilityError
├── InvalidInputError      the caller sent something unusable: what, where, how to mend it
├── NotFoundError          no such thing, or not yours to see
├── NotAllowedError        signed in, but this role may not do it
├── NotSignedInError       no or no valid sign-in
├── ConflictError          contradicts something that exists
│   ├── StaleRunError      the run changed meanwhile
│   ├── StaleBookingError  the booking changed meanwhile
│   └── KeyReusedError     the idempotency key was used with another body
├── TooManyAttemptsError   somebody has tried too often; later again
└── UnavailableError       the service cannot answer now (no streets imported yet, overload)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: ``where`` (field, or file and line), ``what`` is wrong, ``mend`` how to put it right."""

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.mend})" if self.mend else "")


class MobilityError(Exception):
    """Root of all errors this package raises on purpose; its text is safe to show and holds no personal data."""


class InvalidInputError(MobilityError):
    """The caller sent something unusable."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class NotFoundError(MobilityError):
    """No such thing, or not yours to see."""


class NotAllowedError(MobilityError):
    """Signed in, but this role may not do it."""


class NotSignedInError(MobilityError):
    """No sign-in, or one that has ended."""


class ConflictError(MobilityError):
    """Contradicts something that exists."""


class StaleRunError(ConflictError):
    """The run changed meanwhile."""


class StaleBookingError(ConflictError):
    """The booking changed meanwhile."""


class KeyReusedError(ConflictError):
    """The idempotency key was used with another body."""


class UnavailableError(MobilityError):
    """The service cannot answer now."""


class NothingImportedError(UnavailableError):
    """There is no street graph yet. Told apart from a database that does not answer: after that nothing more can be asked in the transaction."""


class TooManyAttemptsError(MobilityError):
    """Tried too often; later again."""
