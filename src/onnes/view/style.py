"""Colours by what a curve *is*, the same in papers and in the atlas, and safe for colour-blind readers.

The hues follow the set of Okabe and Ito (2008): blue for what was computed here, vermilion for what was
measured, purple for a rival explanation, grey for a reference. They differ in lightness too, so that a
grey print stays readable; measurements are drawn as points and rivals dashed besides. Several curves of
one role take the shades of that role in turn, and then its shades with another dash.
"""

from dataclasses import dataclass

from onnes.errors import InvalidInput

ROLES = ("computed", "measured", "rival", "reference")

_LIGHT = {
    "computed": ("#0b67a8", "#00886b", "#4fa3dc", "#0a3d66"),
    "measured": ("#c94f00", "#8f6a00", "#e58a3c", "#7d3200"),
    "rival": ("#98307f", "#6b57b8", "#d08bbd", "#642b55"),
    "reference": ("#7a828e", "#a3abb5", "#474e58", "#b9bfc7"),
}
_DARK = {
    "computed": ("#5cb3f0", "#35c6a0", "#a3d4f7", "#2f86c4"),
    "measured": ("#ff9350", "#e3bd4c", "#ffbe94", "#d96c23"),
    "rival": ("#e58ccb", "#a99bf0", "#f2c2e4", "#b8639f"),
    "reference": ("#8b95a2", "#6b7481", "#ccd2da", "#5d6570"),
}

SEQUENTIAL = ("#0d2149", "#31446b", "#666970", "#958f78", "#cbba69", "#fdea9c")
"""Dark blue to pale yellow, monotonic in lightness, for values of one sign."""
DIVERGING = ("#123f6e", "#4a8cc0", "#b9d6ea", "#f5f5f2", "#f3c3a1", "#d0703a", "#7d2c06")
"""Blue through white to vermilion, for values of both signs; white is zero."""

LINES = ("line", "dashed", "dotted")
STYLES = (*LINES, "points")
"""Styles of `onnes.study.figure.Curve`."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one page: paper, text, faint lines, and the shades of every role."""

    name: str
    paper: str
    ink: str
    faint: str
    roles: dict[str, tuple[str, ...]]

    def line(self, curve_style: str, role: str, turn: int) -> str:
        """Return how the ``turn``-th curve of ``role`` is drawn: once its shades are used up, the dash changes."""
        check_style(curve_style)
        cycle = len(self.roles[role])
        return (
            curve_style
            if curve_style == "points"
            else LINES[(LINES.index(curve_style) + turn // cycle) % len(LINES)]
        )

    def colour(self, role: str, turn: int = 0) -> str:
        """Return the colour of the ``turn``-th curve of ``role``; raise `InvalidInput` for no such role."""
        if role not in self.roles:
            raise InvalidInput(f"role {role!r} of a curve is not known", f"use one of {', '.join(ROLES)}")
        shades = self.roles[role]
        return shades[turn % len(shades)]


LIGHT = Theme("light", "#ffffff", "#1c2430", "#dfe3e8", _LIGHT)
DARK = Theme("dark", "#171c24", "#e4e8ee", "#2f3743", _DARK)


def check_style(style: str) -> None:
    """Raise `InvalidInput` where ``style`` is not a style of `onnes.study.figure.Curve`."""
    if style not in STYLES:
        raise InvalidInput(f"style {style!r} of a curve is not known", f"use one of {', '.join(STYLES)}")


class Turns:
    """Counts the curves of each role within one figure, so that each takes the next shade."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def next(self, role: str) -> int:
        turn = self._used.get(role, 0)
        self._used[role] = turn + 1
        return turn


def both_signs(low: float, high: float) -> bool:
    """Return whether a map needs the diverging colours: both signs, neither of them negligible (5 %)."""
    return low < 0 < high and min(-low, high) > 0.05 * max(-low, high)
