"""Every error a user can meet. Each message is one line: what is wrong, then what would be right.

Floor 1: imports nothing of onnes. A traceback of any other kind that reaches a user is a bug.
"""

from typing import Any


class OnnesError(Exception):
    """Base of all named errors: a cause and a remedy, joined into one line."""

    def __init__(self, cause: str, remedy: str) -> None:
        self.cause = " ".join(cause.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(f"{self.cause}; {self.remedy}")


class InvalidModel(OnnesError):
    """A physical description that cannot be: names the field, the value, the allowed range, the unit."""

    def __init__(self, field: str, value: Any, allowed: str, unit: str = "") -> None:
        self.field = field
        suffix = f" {unit}" if unit else ""
        super().__init__(
            f"{field} = {_short(value)}{suffix} is not possible", f"it must be {allowed}{suffix}"
        )


class InvalidInput(OnnesError):
    """An argument, option or configuration entry that makes no sense."""


class UnreadableFile(OnnesError):
    """A file that is absent, binary, truncated, empty, without units, or of an unknown format."""

    def __init__(self, path: Any, cause: str, remedy: str) -> None:
        self.path = str(path)
        super().__init__(f"cannot read {self.path}: {cause}", remedy)


class UnitMismatch(OnnesError):
    """A quantity given in a unit of another kind, or in no known unit."""


class NotConverged(OnnesError):
    """A solver that stopped early; ``.report`` says where it stood."""

    def __init__(self, report: Any) -> None:
        self.report = report
        super().__init__(report.summary(), report.outcome.value)


class CannotProbe(OnnesError):
    """A state that lacks what an instrument needs."""

    def __init__(self, probe: str, missing: str, remedy: str) -> None:
        self.missing = missing
        super().__init__(f"probe.{probe} needs {missing}, which this state does not carry", remedy)


class TooShort(OnnesError):
    """A stochastic series too short to give its own error bar."""


class NoSuperconductivity(OnnesError):
    """No transition in the range that was searched: the normal state is stable there."""


class OnnesWarning(UserWarning):
    """Inputs that disagree, or a result outside the range where its theory holds. Carries numbers."""


def _short(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
