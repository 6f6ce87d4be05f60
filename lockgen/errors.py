"""What lockgen raises when it could not ask, one class per door.

"No" is never raised: an unsolvable target, a refused file, a finding are values (`lockgen.model`). An exception says
that the question itself could not be put: a matrix that cannot be read, an index out of reach, a disk that is full.
"""


class LockgenError(Exception):
    """The question could not be put.

    `message` says what is wrong, `where` the place (file:line:column, or package and target), `hint` what to do.
    The command line prints them and exits with 2; none of them ever carries a credential.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


class UsageError(LockgenError):
    """The command line asks for what does not exist: a phase, a file, a strategy."""


class ComplaintsError(LockgenError):
    """What somebody wrote cannot be read. `complaints` holds every complaint about it, not only the first."""

    def __init__(self, complaints: tuple[LockgenError, ...]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = complaints


def complaints_of(error: LockgenError) -> tuple[LockgenError, ...]:
    """Each complaint that the error consists of; most errors are one."""
    return error.complaints if isinstance(error, ComplaintsError) else (error,)


class MatrixError(ComplaintsError):
    """A matrix cannot be read."""


class RequirementsError(ComplaintsError):
    """Somebody's requirements cannot be read: a file that is missing, or lines that are none."""


class IndexUnavailableError(LockgenError):
    """The index is out of reach, refuses to answer, or answers with what cannot be believed."""


class CacheError(LockgenError):
    """The cache can be neither read nor made."""


class FrozenIndexError(LockgenError):
    """A frozen index does not hold what was asked, or is not a frozen index."""


class TemplateError(LockgenError):
    """A template cannot be rendered."""


class WriteError(LockgenError):
    """The output could not be written; what was there before is still there."""


class BugError(Exception):
    """lockgen contradicts itself. The command line prints a report to paste and exits with 3."""
