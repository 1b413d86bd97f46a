"""Relaxation with RPA and form factors: the sum over q, Korringa's and Moriya's laws, copper and oxygen as filters."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model import Hyperfine, Superconductor
from onnes.numerics import brillouin
from onnes.response.lattice.relaxation import relaxation
from onnes.response.lattice.rpa import MagneticInstability
from onnes.response.lattice.spin_relaxation import spin_absorption
from onnes.state import Outcome, Report, State
from onnes.units import HBAR, K_B, MU_B

T = 0.3 / K_B
BANDS = model.square({(0, 0): 0.3, (1, 0): -0.5, (1, 1): 0.1})
MESH = (16, 16)


def metal(bands: model.TightBinding = BANDS) -> State:
    return State(bands, "bands", {"temperature": np.array([T])}, Report(Outcome.CONVERGED))


def two_orbital(gap: float) -> State:
    return solve.given_gap(Superconductor(model.bands("Raghu").scaled(1e-3), model.s_plus_minus(gap, 2)), T)


STATES = {
    "metal": metal(),
    "d wave": solve.given_gap(Superconductor(BANDS, model.d_wave(0.4)), T),
    "two orbitals": two_orbital(0.3),
}


@pytest.mark.parametrize("name", STATES)
def test_the_sum_over_q_is_the_local_limit(name: str) -> None:
    """Without interaction: the same number as `relaxation`, whose histogram errs by 1e-4 of a Lorentzian at most."""
    found = spin_absorption(STATES[name], broadening=0.1, mesh=MESH)
    assert found.local() == pytest.approx(relaxation(STATES[name], broadening=0.1, mesh=(*MESH, 1)), rel=2e-5)
    values = np.linalg.eigvalsh(found.slope)
    assert values.min() > -1e-9 * values.max()


@pytest.mark.parametrize("name", STATES)
def test_rpa_against_the_full_susceptibility(name: str) -> None:
    """The static bubble by pair sums gives the same Stoner factor; RPA of the absorption follows from it, q by q."""
    state = STATES[name]
    n = 2 if name == "two orbitals" else 1
    interaction = model.HubbardKanamori.rotational(0.8, 0.1) if n == 2 else 1.0
    bare = spin_absorption(state, broadening=0.1, mesh=MESH)
    dressed = spin_absorption(state, interaction, broadening=0.1, mesh=MESH)
    chi = response.susceptibility(state, bare.q, [0.01], broadening=0.1, mesh=MESH, method="mask")
    assert 1 / dressed.stoner == pytest.approx(response.critical_interaction(chi, interaction), rel=1e-9)
    vertex = interaction.spin_vertex(n) if n == 2 else np.array([[interaction]])
    left = np.linalg.inv(np.eye(n * n) - chi.static @ vertex)
    assert np.allclose(dressed.slope, left @ bare.slope @ np.swapaxes(left, 1, 2).conj(), rtol=1e-9)


@pytest.mark.parametrize("name", ["metal", "d wave"])
def test_one_q_by_brute_force(name: str) -> None:
    """pi int (-df/dE) (1/N) sum_k,nm |u u' + v v'|^2 L(E - E_n) L(E - E'_m), on the same energies: to rounding."""
    state, q, kt, eta = STATES[name], np.array([0.25, 0.5, 0.0]), K_B * T, 0.1
    k = brillouin.mesh(MESH)
    (e1, w1), (e2, w2) = (response.quasiparticles(state, x) for x in (k, k + q))
    element = np.abs(np.einsum("kan,kam->knm", w1.conj(), w2)) ** 2
    total = 0.0
    for energy in np.linspace(-20 * kt, 20 * kt, 2001):
        one, two = (eta / np.pi / ((energy - e) ** 2 + eta**2) for e in (e1, e2))
        slope = 0.25 / (kt * np.cosh(energy / (2 * kt)) ** 2)
        total += np.pi * 0.02 * kt * slope * np.einsum("knm,kn,km->", element, one, two) / len(k)
    # a superconductor's spinor counts both spins
    expected = total / (2 if name == "d wave" else 1)
    found = spin_absorption(state, broadening=eta, mesh=MESH)
    place = int(np.argmin(np.sum((found.q - q) ** 2, axis=1)))
    # six energies in each width: the trapezoidal rule errs by exp(-2 pi 6)
    assert found.slope[place, 0, 0].real == pytest.approx(expected, rel=1e-9)


def test_moriya_enhancement() -> None:
    """It grows towards Uc, as (1 - alpha)^-2 at each q times its share: near alpha = 1 one q of the mesh carries it."""
    bare = spin_absorption(metal(), broadening=0.1, mesh=MESH)
    critical = 1 / spin_absorption(metal(), 1.0, broadening=0.1, mesh=MESH).stoner
    rates = [
        spin_absorption(metal(), a * critical, broadening=0.1, mesh=MESH).local()
        for a in (0.3, 0.6, 0.9, 0.999, 0.9995)
    ]
    assert np.all(np.diff([bare.local(), *rates]) > 0)
    # of an alpha of 0.999 the other q keep a part of 1e-3
    assert rates[4] / rates[3] == pytest.approx(4.0, rel=0.02)
    with pytest.raises(MagneticInstability):
        spin_absorption(metal(), 1.001 * critical, broadening=0.1, mesh=MESH)


def test_korringa_law_in_absolute_units() -> None:
    """T1 T K^2 = (hbar/4 pi k)(gamma_e/gamma_n)^2, gamma_e = g mu_B/hbar, for one local spin without correlations.

    The local rate averages N(E)^2 over -df/dE and the shift N(E); on 64 x 64 points with a broadening of 0.1 meV both
    are smooth, and their difference, the variance of N in the window of 4 kT, is the tolerance.
    """
    bands = model.square({(0, 0): 8.0, (1, 0): -4.0})
    state = metal(bands)
    contact = Hyperfine(np.zeros((1, 3)), np.full((1, 3), 5.0), 11.3)
    found = spin_absorption(state, broadening=0.2, mesh=(64, 64))
    rate = found.rate(contact, 2)
    levels = bands.bloch(brillouin.mesh((512, 512)))[:, 0, 0].real
    susceptibility = np.mean(0.25 / (K_B * T * np.cosh(levels / (2 * K_B * T)) ** 2)) / 2
    shift = 5.0 * 2.0**2 * MU_B * susceptibility
    gamma_n, gamma_e = 2e-6 * np.pi * 11.3, 2.0 * MU_B / HBAR
    korringa = 4 * np.pi * K_B / HBAR * (gamma_n / gamma_e) ** 2 * shift**2 * 1e12
    assert rate == pytest.approx(korringa, rel=0.03)
    assert found.seen(contact)[0] == pytest.approx(25.0 * found.local(), rel=1e-9)


def test_form_factors_filter_the_zone() -> None:
    """A(q) of copper and oxygen in closed form; near the antiferromagnet copper is enhanced and oxygen is not."""
    copper = model.planar_copper((0.8, -4.0), 1.0, 11.3)
    oxygen = model.planar_oxygen((1.0, 1.0, 1.0), 5.8)
    q = brillouin.mesh((7, 5))
    cosines = np.cos(2 * np.pi * q[:, :2])
    for axis, own in ((0, 0.8), (1, 0.8), (2, -4.0)):
        assert np.allclose(copper.form(q, 1)[:, 0, axis], own + 2 * cosines.sum(axis=1))
    assert np.allclose(np.abs(oxygen.form(q, 1)[:, 0, 0]) ** 2, 4 * np.cos(np.pi * q[:, 0]) ** 2)
    nested = metal(model.square({(0, 0): 0.0, (1, 0): -0.5}))
    bare = spin_absorption(nested, broadening=0.1, mesh=MESH)
    critical = 1 / spin_absorption(nested, 0.1, broadening=0.1, mesh=MESH).stoner * 0.1
    strong = spin_absorption(nested, 0.97 * critical, broadening=0.1, mesh=MESH)
    gains = [strong.rate(nucleus, 2) / bare.rate(nucleus, 2) for nucleus in (copper, oxygen)]
    gain = (strong.slope / bare.slope)[:, 0, 0].real
    assert np.allclose(bare.q[np.argmax(gain)], [0.5, 0.5, 0])
    assert gains[0] > 1.5 * gains[1] > 1.5


def test_the_probe_hands_on_rates() -> None:
    states = [STATES["metal"], solve.given_gap(Superconductor(BANDS, model.d_wave(0.4)), 0.8 * T)]
    plain = probe.nmr(states, broadening=0.1, mesh=MESH)
    nucleus = Hyperfine(np.zeros((1, 3)), np.ones((1, 3)), 10.0)
    found = probe.nmr(states, broadening=0.1, mesh=MESH, hyperfine=nucleus)
    for name in ("relaxation_rate", "relaxation_ratio"):
        assert np.allclose(found[name], plain[name], rtol=1e-4)
    assert found["nuclear_relaxation"].attrs["units"] == "1/s/K"
    dressed = probe.nmr(states, broadening=0.1, mesh=MESH, interaction=1.0)
    assert np.all(dressed["relaxation_rate"] > plain["relaxation_rate"])
    assert np.all((dressed["stoner_factor"] > 0.3) & (dressed["stoner_factor"] < 1))


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidInput, match="field_axis"):
        probe.nmr([metal()], broadening=0.1, field_axis=3)
    with pytest.raises(InvalidInput, match="positive"):
        spin_absorption(metal(), broadening=0.0, mesh=MESH)
    with pytest.raises(InvalidInput, match="GiB"):
        spin_absorption(metal(), broadening=0.1, mesh=(256, 256), memory=1e-3)
    with pytest.raises(CannotProbe, match="two equal spins"):
        spin_absorption(solve.bcs(model.BCS(1.0), temperature=0.1), broadening=0.1, mesh=MESH)
    with pytest.raises(InvalidModel, match="coupling"):
        Hyperfine(np.zeros((2, 3)), np.ones((1, 3)), 10.0)
    with pytest.raises(InvalidModel, match="orbitals"):
        Hyperfine(np.zeros((1, 3)), np.ones((1, 3)), 10.0, (4,)).form(np.zeros((1, 3)), 1)
    with pytest.raises(InvalidModel, match="one for each cell"):
        Hyperfine(np.zeros((1, 3)), np.ones((1, 3)), 10.0, (0, 1))
