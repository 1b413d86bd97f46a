"""Nuclear relaxation: Korringa's law, the coherence peak and its absence, the sum over q."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.model import Superconductor, TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.relaxation import relaxation
from onnes.state import Outcome, Report, State
from onnes.units import K_B

TC = 1.0 / K_B
"""kTc = 1 meV."""


def bcs_gap(t: float) -> float:
    return 1.764 * np.tanh(1.74 * np.sqrt(1 / t - 1)) if t < 1 else 0.0


def ladder(pairing, bands, reduced) -> list[State]:
    return [
        solve.given_gap(Superconductor(bands, pairing.with_amplitude(bcs_gap(t))), t * TC) for t in reduced
    ]


@pytest.mark.parametrize("gap", [0.0, 0.4])
def test_local_limit_is_the_sum_over_q(gap: float) -> None:
    """lim (1/N) sum_q Im chi_zz/omega from the full susceptibility: an independent way to the same number.

    chi at eta convolves two levels of half width eta/2 each. Its Lorentzians are cut by the Fermi functions and
    by the band, so that the two agree for eta -> 0 only: extrapolated from eta, eta/2, eta/4. The N of N^2 pairs with
    exactly equal energies, which chi'' leaves out, are W/(pi eta N) = 2 % at the smallest eta.
    """
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    hop = np.array(
        [0.3, -0.5 * np.exp(0.4j), -0.5 * np.exp(-0.4j), -0.35 * np.exp(0.7j), -0.35 * np.exp(-0.7j)]
    )
    bands = TightBinding(np.eye(3), cells, hop[:, None, None])  # no symmetry of k but that of pairs
    state = solve.given_gap(Superconductor(bands, model.s_wave(gap)), 1.0 / K_B)
    q, omega, ratios = brillouin.mesh((24, 24)), 0.01, []
    for eta in (0.32, 0.16, 0.08):
        chi = response.susceptibility(state, q, [omega], broadening=eta, mesh=(24, 24), method="mask")
        local = relaxation(state, broadening=eta / 2, mesh=(24, 24, 1))
        ratios.append(np.mean(chi.zz.imag) / omega / local)
    assert np.all(np.diff(ratios) > 0)
    assert np.isclose((ratios[0] - 6 * ratios[1] + 8 * ratios[2]) / 3, 1.0, atol=0.07)


def test_korringa() -> None:
    """A metal of density N(E): (pi/2) int -f' N^2, one spin; from bands or from a superconductor without gap."""
    bands = model.square({(0, 0): 30.0, (1, 0): -20.0})
    metal = State(bands, "bands", {"temperature": np.array([TC])}, Report(Outcome.CONVERGED))
    empty = solve.given_gap(Superconductor(bands, model.s_wave(0.0)), TC)
    rates = [relaxation(s, broadening=1.0, mesh=(96, 96, 1)) for s in (metal, empty)]
    assert np.isclose(rates[0], rates[1], rtol=1e-9)
    levels = bands.bloch(brillouin.mesh((96, 96)))[:, 0, 0].real
    density = np.mean(np.abs(levels) < 5.0) / 10.0
    # N(E) changes by a few per cent over the window, and a Lorentzian samples the band beyond it.
    assert np.isclose(rates[0], np.pi / 2 * density**2, rtol=0.1)


def test_coherence_peak() -> None:
    """s++ rises above the normal rate just below Tc and falls exponentially.

    s+- lacks the coherence term; the square of its density of states alone leaves a few per cent at this broadening.
    """
    scale = 20.0
    bands = model.bands("Raghu").scaled(scale / np.abs(model.bands("Raghu").hoppings).max())
    reduced = [0.3, 0.6, 0.8, 0.9, 0.97, 1.2]
    options = {"broadening": 0.2, "mesh": (128, 128)}
    plain = probe.nmr(ladder(model.s_wave(1.0, 2), bands, reduced), **options)["relaxation_ratio"].values
    signed = probe.nmr(ladder(model.s_plus_minus(1.0, 2), bands, reduced), **options)[
        "relaxation_ratio"
    ].values
    assert plain[2:5].max() > 1.25 and np.isclose(plain[-1], 1.0)
    assert signed.max() - 1 < (plain.max() - 1) / 3
    # exp(-gap/kT) = 0.3 % at 0.3 Tc; the Lorentzian tails of both levels and of their coherence term add per cents.
    assert plain[0] < 0.1


def test_bad_input_is_named() -> None:
    bands = model.square({(0, 0): 1.0, (1, 0): -1.0})
    good = solve.given_gap(Superconductor(bands, model.s_wave(0.2)), 2.0)
    cold = solve.given_gap(Superconductor(bands, model.s_wave(0.2)), 0.0)
    with pytest.raises(InvalidInput, match="list of states"):
        probe.nmr(good, broadening=0.1)
    with pytest.raises(InvalidInput, match="positive"):
        probe.nmr([cold], broadening=0.1, mesh=(4, 4))
    with pytest.raises(InvalidInput, match="positive"):
        probe.nmr([good], broadening=0.0, mesh=(4, 4))
    with pytest.raises(CannotProbe, match="two equal spins"):
        probe.nmr([solve.bcs(model.BCS(1.0), temperature=0.1)], broadening=0.1)
