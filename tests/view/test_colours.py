"""The colours can be told apart without colour vision, and everything can be read on its ground."""

import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest

from onnes.errors import InvalidInput
from onnes.view import style

# Dichromats in linear sRGB: Vienot, Brettel and Mollon, Color Res. Appl. 24, 243 (1999), for the primaries
# of sRGB: what the missing cone would have told is replaced by what the remaining one tells.
SIGHT = {
    "trichromat": np.eye(3),
    "protanope": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deuteranope": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
THEMES = (style.LIGHT, style.DARK)


def linear(colour: str) -> np.ndarray:
    """Linear sRGB of ``#rrggbb`` (IEC 61966-2-1)."""
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of linear sRGB; white is (100, 0, 0)."""
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a: str, b: str) -> float:
    """WCAG contrast ratio of two colours."""
    low, high = sorted(float(TO_XYZ[1] @ linear(c)) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", THEMES, ids=lambda t: t.name)
def test_roles_differ_for_every_eye(theme: style.Theme, sight: str) -> None:
    """A just noticeable difference is 2.3 in CIELAB; thin lines need several of them, 10 at least."""
    seen = {role: lab(SIGHT[sight] @ linear(theme.colour(role))) for role in style.ROLES}
    for one, other in combinations(style.ROLES, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 10, (one, other)


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: t.name)
def test_curves_stand_out_from_the_paper(theme: style.Theme) -> None:
    """WCAG 2.1, 1.4.11 asks 3:1 of graphics: the first shade of each role has it, the text 7:1."""
    assert all(contrast(theme.colour(role), theme.paper) >= 3 for role in style.ROLES)
    assert contrast(theme.ink, theme.paper) >= 7


@pytest.mark.parametrize("scheme", (0, 1), ids=("light", "dark"))
def test_words_of_the_page_are_readable(scheme: int) -> None:
    """WCAG 2.1, 1.4.3 asks 4.5:1 of text: verdicts on their wash, links and small print on the sheet."""
    css = (files("onnes.view") / "templates" / "atlas.css").read_text(encoding="utf-8")
    found = re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css)
    names = [name for name, _ in found]
    second = names.index("paper", 1)
    colours = dict(found[:second] if scheme == 0 else found[second:])
    pairs = [
        ("yes", "yes-wash"),
        ("no", "no-wash"),
        ("link", "sheet"),
        ("soft", "sheet"),
        ("soft", "paper"),
        ("no", "sheet"),
    ]
    assert {
        f"{a} on {b}": contrast(colours[a], colours[b])
        for a, b in pairs
        if contrast(colours[a], colours[b]) < 4.5
    } == {}


def test_sequential_colours_grow_lighter() -> None:
    lightness = [lab(linear(c))[0] for c in style.SEQUENTIAL]
    assert np.all(np.diff(lightness) > 5)


def test_diverging_colours_have_their_lightest_in_the_middle() -> None:
    lightness = [lab(linear(c))[0] for c in style.DIVERGING]
    middle = len(lightness) // 2
    assert np.all(np.diff(lightness[: middle + 1]) > 5) and np.all(np.diff(lightness[middle:]) < -5)


def test_shades_come_in_turn() -> None:
    turns = style.Turns()
    assert [turns.next("computed"), turns.next("measured"), turns.next("computed")] == [0, 0, 1]
    assert style.LIGHT.colour("computed", 0) != style.LIGHT.colour("computed", 1)
    assert style.LIGHT.colour("computed", 4) == style.LIGHT.colour("computed", 0)


def test_unknown_words_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"role 'theory'.*computed, measured, rival, reference"):
        style.LIGHT.colour("theory")
    with pytest.raises(InvalidInput, match=r"style 'wavy'.*line, dashed, dotted, points"):
        style.check_style("wavy")


def test_small_negative_noise_does_not_make_a_map_signed() -> None:
    assert style.both_signs(-1.0, 1.0)
    assert not style.both_signs(-0.01, 1.0)
    assert not style.both_signs(0.1, 1.0)


@pytest.mark.parametrize("role", style.ROLES)
def test_many_curves_of_one_role_all_look_different(role: str) -> None:
    """Shades first, then the same shades with another dash: twelve lines before anything repeats."""
    looks = {(style.LIGHT.colour(role, turn), style.LIGHT.line("line", role, turn)) for turn in range(12)}
    assert len(looks) == 12
    assert style.LIGHT.line("points", role, 9) == "points"
