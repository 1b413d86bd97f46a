"""Free energy, entropy and specific heat of an Eliashberg state, each from one state alone.

With Delta_n = w_n tan(theta_n), the Eliashberg equations are the stationarity conditions of a chain
of classical spins (g, f) = (cos, sin) theta on the Matsubara frequencies (E. A. Yuzbashyan and
B. L. Altshuler, Phys. Rev. B 106, 054518 (2022)). Measured from the normal state, over N(0) per spin,
with d = 1 - cos(theta), s = sin(theta), sums over n, m = 0 ... N-1, and every coupling a pure number::

    Delta F = T^2 U,
    U = 4 pi^2 sum_n a_n d_n - 2 pi^2 sum_nm [d_n L-_nm d_m + s_n (L+_nm - 2 mu*) s_m]
    a_n = w_n Z_N,n/(pi T),    L±_nm = lambda(n-m) ± lambda(n+m+1)

At fixed theta U depends on T through lambda(nu_k), and through the number of spins N = W/(2 pi T)
below the fixed cutoff W: as T rises, the last spin leaves. With D = T d/dT at fixed theta::

    Delta S = -T (2 U + D U - dU/dlnN),     Delta C = T d(Delta S)/dT

dU/dlnN is the mean of what the last spin gives and what one more spin would give. For Delta C the
chain relaxes (Newton) after small changes of T and of N, combined so that W stays. The machinery is
in `onnes.response.phonons.spin_chain`.
"""

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.phonons.glue import Glue
from onnes.numerics import matsubara
from onnes.response.phonons import spin_chain as chains
from onnes.response.phonons.spin_chain import SpinChain, band_shares
from onnes.state import State
from onnes.units import K_B

NORMAL = 1e-9
"""A state whose largest gap is below this fraction of kT is normal: all differences vanish."""
STEP = 1e-4
"""Change of ln T in the specific heat: error of the difference (Delta/T)^2 STEP^2/6, below 1e-6."""
FRACTION = 20
"""The dependence of the entropy on the cutoff is taken between N(1 ± 1/20) frequencies."""
MISFIT = 1e-4
"""Largest misfit of a state to its own equations (change of theta over theta) that is relaxed away."""


def free_energy(state: State) -> float:
    """Return the free energy, superconducting minus normal, over N(0) per spin, meV^2.

    Delta F/N(0) = -pi T sum_n (R_n - |w_n|) (Z_S,n - Z_N,n |w_n|/R_n), all n, R = (w^2 + Delta^2)^(1/2);
    several bands are weighted with their share of N(0). J. Bardeen and M. Stephen, Phys. Rev. 136,
    A1485 (1964). Beyond the cutoff Delta = 0 in the equations, so that the sum has no tail. It is the
    stationary value T^2 U of the functional of this module (weak coupling, T = 0: -Delta^2/2).

    Raises
    ------
    InvalidInput : not an Eliashberg state with a constant density of states.
    """
    check_state(state)
    omega, gap = state["matsubara"], state["gap_matsubara"]
    root = np.hypot(omega, gap)
    excess = gap**2 / (root + omega)  # R - |w| without cancellation at high frequency
    terms = excess * (state["Z_matsubara"] - state["Z_normal_matsubara"] * omega / root)
    return float(-2 * np.pi * _kt(state) * np.sum(band_shares(state.model) @ terms))


def entropy(state: State) -> float:
    """Return the entropy, superconducting minus normal, over N(0) per spin, meV^2/K.

    Delta S/N(0) = -d(Delta F)/dT at a fixed cutoff and fixed bare couplings, from this state alone.

    Raises
    ------
    InvalidInput : not an Eliashberg state with a constant density of states, or one that does not
        solve the Eliashberg equations of its own model.
    """
    check_state(state)
    return 0.0 if _is_normal(state) else K_B * spin_chain(state).entropy()


def specific_heat(state: State) -> float:
    """Return the specific heat, superconducting minus normal, over N(0) per spin, meV^2/K.

    Delta C/N(0) = T d(Delta S)/dT at a fixed cutoff. Divide by `sommerfeld` and Tc for Delta C/gamma Tc.

    Raises
    ------
    InvalidInput : as `entropy`; also where the state is not a minimum, or so close to Tc (about 1e-4)
        that its neighbours are normal.
    """
    check_state(state)
    if _is_normal(state):
        return 0.0
    chain = spin_chain(state)
    count, few = chain.count, max(1, chain.count // FRACTION)
    warmer, colder = (chain.moved(chain.kt * np.exp(x), count) for x in (STEP, -STEP))
    longer, shorter = (chain.moved(chain.kt, count + k) for k in (few, -few))
    at_fixed_count = (warmer.entropy() - colder.entropy()) / (2 * STEP)
    with_cutoff = (longer.entropy() - shorter.entropy()) / np.log((count + few) / (count - few))
    return K_B * (at_fixed_count - with_cutoff)


def sommerfeld(glue: Glue) -> float:
    """Return gamma/N(0) = (2/3) pi^2 k^2 (1 + lambda), meV^2/K^2, N(0) per spin.

    Several bands: 1 + lambda is the average of 1 + sum_j lambda_ij with the shares of N(0).
    """
    coupling = np.array([sum(pair.lambda_ for pair in row) for row in glue.spectra])
    return float(2 / 3 * np.pi**2 * K_B**2 * (1 + band_shares(glue) @ coupling))


def check_state(state: State) -> None:
    """Raise `InvalidInput` unless ``state`` is an Eliashberg state with a constant density of states."""
    if state.method != "eliashberg" or "Z_normal_matsubara" not in state:
        raise InvalidInput(f"a state solved by {state.method!r}", "give a state of solve.eliashberg")
    if state.model.dos is not None:
        raise InvalidInput(
            "the thermodynamics of a state with an energy-dependent density of states",
            "solve the same glue with dos=None: the free energy used here holds for a constant one",
        )


def spin_chain(state: State) -> SpinChain:
    """Return the functional at ``state``, relaxed to rounding.

    Raises
    ------
    InvalidInput : the state does not solve the Eliashberg equations of its own model.
    """
    theta = np.arctan(state["gap_matsubara"] / state["matsubara"])
    count = theta.shape[1]
    chain = chains.build(state.model, _kt(state), theta, matsubara.span(count, _kt(state))).relaxed()
    moved = np.max(np.abs(chain.theta[:, :count] - theta)) / np.max(np.abs(theta))
    # Towards Tc the amplitude is soft: a residual r of the gap moves theta by r/(1 - t).
    if not moved < MISFIT:
        raise InvalidInput(
            f"a state that does not solve the Eliashberg equations of its model (they move it by {moved:.1e})",
            "give a converged state of solve.eliashberg",
        )
    return chain


def _kt(state: State) -> float:
    return K_B * float(state["temperature"][0])


def _is_normal(state: State) -> bool:
    return bool(np.max(np.abs(state["gap_matsubara"])) < NORMAL * _kt(state))
