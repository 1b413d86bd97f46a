"""Random-phase approximation: Stoner's criterion, vertices, invariances, divergence at the critical interaction."""

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import InvalidInput
from onnes.model import HubbardKanamori, Superconductor, TightBinding
from onnes.response import MagneticInstability
from onnes.state import Outcome, Report, State
from onnes.units import K_B

OMEGA = np.linspace(0.02, 1.0, 25)


def metal(bands: TightBinding, kt: float) -> State:
    return State(bands, "bands", {"temperature": np.array([kt / K_B])}, Report(Outcome.CONVERGED))


def one_band() -> TightBinding:
    return model.square({(0, 0): 1.0, (1, 0): -1.0, (1, 1): 0.3})


def bubble(state: State, q: list, mesh: int = 24) -> response.Chi:
    return response.susceptibility(state, q, OMEGA, broadening=0.05, mesh=(mesh, mesh), method="mask")


def test_stoner_of_one_band() -> None:
    """chi = chi0/(1 - U chi0), Uc = 1/chi0(q, 0), and J(q) S.S acts as U = -J(q)/2."""
    q = [[0.5, 0.5, 0], [0.25, 0, 0]]
    chi = bubble(metal(one_band(), 0.2), q)
    chi0, U = chi.values[:, :, 0, 0], 1.3
    assert np.allclose(response.rpa(chi, U).values[:, :, 0, 0], chi0 / (1 - U * chi0), rtol=1e-12)
    uc = response.critical_interaction(chi, 1.0)
    assert np.isclose(uc, 1 / chi.static[:, 0, 0].real.max(), rtol=1e-12)

    def exchange(wavevectors: np.ndarray) -> np.ndarray:
        return 0.4 * 2 * (np.cos(2 * np.pi * wavevectors[:, :2]).sum(axis=1))

    by_exchange = response.rpa(chi, exchange)
    assert np.allclose(
        by_exchange.zz, chi.zz / (1 + exchange(chi.q)[:, None] * chi.zz), rtol=1e-12
    )  # of S^z itself the field is -J(q) <S^z>
    together = response.rpa(chi, (U, exchange))
    total = U - exchange(chi.q)[:, None] / 2
    assert np.allclose(together.values[:, :, 0, 0], chi0 / (1 - total * chi0), rtol=1e-12)
    assert response.critical_interaction(chi, -1.0) == np.inf


def test_static_response_is_that_of_mean_field() -> None:
    """chi_zz(q = 0) with U is the change of <S^z> with a field in self-consistent mean field: an independent way."""
    bands, kt, U, mesh = one_band(), 0.3, 1.5, 24
    chi = bubble(metal(bands, kt), [0, 0, 0], mesh)
    interacting = response.rpa(chi, U).static_zz[0]
    levels = bands.bloch(np.indices((mesh, mesh, 1)).reshape(3, -1).T / mesh)[:, 0, 0].real

    def spin(field: float) -> float:
        s = 0.0
        for _ in range(200):
            shift = field / 2 + U * s  # -h S^z - 2 U s S^z
            s = 0.5 * np.mean(
                1 / (np.exp((levels - shift) / kt) + 1) - 1 / (np.exp((levels + shift) / kt) + 1)
            )
        return s

    assert np.isclose((spin(1e-4) - spin(-1e-4)) / 2e-4, interacting, rtol=1e-5)


def raghu() -> TightBinding:
    return model.bands("Raghu")


def test_orbital_rotations_leave_the_spin_response_alone() -> None:
    """U' = U - 2J, J' = J: turning the two orbitals into each other leaves chi_zz; with U' = U it does not."""
    bands = raghu()
    turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    turned = TightBinding(bands.vectors, bands.cells, turn.T @ bands.hoppings @ turn, bands.orbitals)
    scale = np.abs(bands.hoppings).max()
    both = [
        response.susceptibility(
            metal(b, 0.05 * scale),
            [0.5, 0, 0],
            OMEGA * scale,
            broadening=0.05 * scale,
            mesh=(16, 16),
            method="mask",
        )
        for b in (bands, turned)
    ]
    strength = 0.8 * response.critical_interaction(both[0], HubbardKanamori.rotational(1.0, 0.125))
    symmetric = HubbardKanamori.rotational(strength, 0.125 * strength)
    assert np.allclose(*(response.rpa(c, symmetric).zz for c in both), rtol=1e-9)
    skew = HubbardKanamori(strength, 0.2 * strength, 0.125 * strength, 0.0)
    first, second = (response.rpa(c, skew).zz for c in both)
    assert np.max(np.abs(first - second)) > 0.02 * np.max(np.abs(first))


def test_divergence_at_the_critical_interaction() -> None:
    """Goldstone: the static response is 1/(1 - U/Uc) of its mode; beyond, the error names U/Uc and q."""
    chi = bubble(metal(one_band(), 0.2), [[0.5, 0.5, 0], [0.25, 0, 0]])
    uc = response.critical_interaction(chi, 1.0)
    for distance in (1e-2, 1e-4):
        grown = response.rpa(chi, (1 - distance) * uc).static_zz.max()
        assert np.isclose(grown * distance, chi.static_zz.max(), rtol=1e-6)
    with pytest.raises(MagneticInstability, match=r"U/Uc = 1\.05 at q = \(0\.5, 0\.5, 0\)") as caught:
        response.rpa(chi, 1.05 * uc)
    assert np.isclose(caught.value.ratio, 1.05) and np.allclose(caught.value.q, [0.5, 0.5, 0])


def test_kanamori_acts_between_orbitals_of_one_atom_only() -> None:
    """Two decoupled copies of a band at different places: Hund's J must not couple them; at one place it does."""
    single = one_band()
    cells, hop = single.cells, single.hoppings[:, 0, 0]
    double = np.einsum("r,ab->rab", hop, np.eye(2))
    apart = TightBinding(np.eye(3), cells, double, ("a", "b"), np.array([[0, 0, 0], [0.5, 0.5, 0]]))
    together = TightBinding(np.eye(3), cells, double, ("a", "b"))
    interaction = HubbardKanamori.rotational(1.0, 0.2)
    one = response.rpa(bubble(metal(single, 0.2), [0.5, 0, 0]), 1.0).zz
    two = response.rpa(bubble(metal(apart, 0.2), [0.5, 0, 0]), interaction).zz
    hund = response.rpa(bubble(metal(together, 0.2), [0.5, 0, 0]), interaction).zz
    assert np.allclose(two, 2 * one, rtol=1e-10)
    enhanced = response.rpa(bubble(metal(single, 0.2), [0.5, 0, 0]), 1.2).zz  # U + J
    assert np.allclose(hund, 2 * enhanced, rtol=1e-10)


def test_sign_change_makes_a_bound_state() -> None:
    """s+- has a pole inside the gap at (1/2, 0); s++ has none and absorbs above the threshold of pairs only."""
    bands, scale = raghu(), np.abs(raghu().hoppings).max()
    gap = 0.15 * scale
    omega = np.linspace(0.05, 3.0, 60) * gap
    found = {}
    for name, pairing in (("s+-", model.s_plus_minus(gap, 2)), ("s++", model.s_wave(gap, 2))):
        state = solve.given_gap(Superconductor(bands, pairing), 0.05 * gap / K_B)
        chi = response.susceptibility(state, [0.5, 0, 0], omega, broadening=0.05 * gap, mesh=(96, 96))
        found[name] = chi
    uc = min(response.critical_interaction(c, HubbardKanamori.rotational(1.0, 0.125)) for c in found.values())
    interaction = HubbardKanamori.rotational(0.95 * uc, 0.125 * 0.95 * uc)
    peak = {name: response.rpa(c, interaction).zz[0].imag for name, c in found.items()}
    assert omega[np.argmax(peak["s+-"])] < 1.5 * gap < omega[np.argmax(peak["s++"])]
    assert peak["s+-"].max() > 3 * peak["s++"].max()


def test_bad_input_is_named() -> None:
    chi = bubble(metal(one_band(), 0.2), [0.5, 0.5, 0], 8)
    with pytest.raises(InvalidInput, match="'rpa'"):
        response.rpa(response.rpa(chi, 0.5), 0.5)
    with pytest.raises(InvalidInput, match=r"J\(q\) of shape"):
        response.rpa(chi, lambda q: np.zeros((3, 3)))
    with pytest.raises(InvalidInput, match="finite number"):
        response.rpa(chi, np.nan)
