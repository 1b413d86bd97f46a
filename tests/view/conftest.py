"""A small atlas of made-up cases: nothing here is physics, everything here is a corner of the page."""

import numpy as np
import pytest

from onnes.compare.claim import Claim, Kind, Published
from onnes.state import Check
from onnes.study.case import Case, CaseResult, CaseRun, Quality
from onnes.study.figure import Curve, Figure, Map

HOSTILE = '<script>alert("x")</script> & <img src=x onerror=alert(1)>'


def claim(name: str, computed: float, published: float, kind: Kind = Kind.PREDICTED, **more: str) -> Claim:
    source = more.pop("source", "A. Author, Journal 1, 2 (2003), doi:10.1000/xyz(1).")
    status = more.pop("status", "verified")
    unit = more.pop("unit", "K")
    given = Published(published, 0.5, unit, source, status, more.pop("published_note", ""))
    return Claim(name, computed, 0.2, given, kind, **more)


def make_run(name: str, title: str, result: CaseResult) -> CaseRun:
    case = Case(name, 3, title, ("solve.eliashberg", "probe.tunneling"), 1.0, lambda quality: result)
    return CaseRun(case, Quality.QUICK, result, 12.34)


@pytest.fixture(scope="session")
def runs() -> tuple[CaseRun, ...]:
    """Three cases: one that holds, one with failures, rivals, maps and markup, and one that is empty."""
    x = np.linspace(0.1, 10, 200)
    noisy = Curve(x[::10], np.tanh(x[::10]), "film, 2 K", "points", "measured", np.full(20, 0.05))
    holds = CaseResult(
        claims=(
            claim("critical temperature", 9.3, 9.25),
            claim("gap ratio 2Δ/kTc", 3.9, 3.8, Kind.FITTED, fitted="μ*", unit="1"),
        ),
        checks=(Check("sum rule of α²F", 1e-9, 1e-6),),
        figures=(
            Figure(
                "Computed, measured, rival and reference in one panel",
                "energy ω (meV)",
                "N_s/N_0",
                (
                    Curve(x, np.tanh(x), "this work", error=np.full(200, 0.1)),
                    noisy,
                    Curve(x, np.tanh(x / 2), "rival", "dashed", "rival"),
                    Curve(x, np.ones(200), "normal state", "dotted", "reference"),
                ),
                caption="A caption with a source, doi:10.1000/182.",
            ),
            Figure(
                "Two logarithmic axes",
                "x",
                "y",
                (Curve(x, x**2, "", role="computed"),),
                log_x=True,
                log_y=True,
                x_range=(0.1, 10.0),
            ),
        ),
        tables=(("Inputs", ("metal", "λ"), (("Nb", "1.00"), ("Pb", "1.55"))),),
        parameters={"μ*": "0.12 at the highest phonon frequency"},
        text="First paragraph of the methods.\n\nSecond paragraph, see arXiv:1234.56789.",
    )
    y = np.linspace(-1, 1, 30)
    signed = np.outer(y, np.linspace(0, 1, 40))
    signed[0, 0] = np.nan
    fails = CaseResult(
        claims=(
            claim("far off", 40.0, 12.0),
            claim(HOSTILE, 1.0, 1.0, source=HOSTILE, note=HOSTILE, status="recalled"),
            claim("a form that resembles", 3.0, 2.9, Kind.PHENOMENOLOGICAL),
            claim("far off", 12.1, 12.0, rival="spin exciton"),
            claim("did not come out", float("nan"), 1.0),
        ),
        checks=(Check("energy balance", 0.5, 1e-3), Check("gauge", 0.0, 1e-12)),
        figures=(
            Figure(
                HOSTILE,
                HOSTILE,
                "y",
                (Curve(x, np.where(x > 5, np.nan, x), HOSTILE),),
                maps=(),
                caption=HOSTILE,
            ),
            Figure(
                "A map of both signs",
                "q (r.l.u.)",
                "ω (meV)",
                maps=(Map(np.linspace(0, 1, 40), y, signed, "S"),),
            ),
            Figure("A map of one sign", "q", "ω", maps=(Map(np.linspace(0, 1, 40), y, signed**2, "S"),)),
        ),
        text=HOSTILE,
        parameters={HOSTILE: HOSTILE},
    )
    return (
        make_run("holding", "A case that agrees with its measurement", holds),
        make_run("failing", "A case that does not, with a rival that does", fails),
        make_run("empty", "A case without claims", CaseResult(claims=())),
    )
