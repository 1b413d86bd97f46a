"""Random-phase approximation of the spin susceptibility: chi = (1 - chi0 V)^-1 chi0.

chi0 and chi are the tensors of `onnes.response.susceptibility` (twice <<S^z; S^z>>), so that a Hubbard
repulsion has V = U and Stoner's criterion is U chi0 = 1. The coupling of spin to pair fluctuations
in the superconductor is left out, as is usual.
"""

from collections.abc import Callable, Sequence

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.lattice.interaction import HubbardKanamori
from onnes.model.lattice.tightbinding import TightBinding
from onnes.response.lattice.susceptibility import Chi, with_values

Exchange = Callable[[np.ndarray], np.ndarray]
"""J(q) in meV: from q (q, 3) to (q,) for one orbital, or (q, n, n) between orbitals."""
Interaction = HubbardKanamori | float | Exchange
SAME_PLACE = 1e-6


class MagneticInstability(InvalidInput):
    """An interaction above the critical one: the paramagnet orders, and RPA has no meaning.

    ``.ratio`` is U/Uc, ``.q`` where it diverges (reciprocal lattice units).
    """

    def __init__(self, ratio: float, q: np.ndarray) -> None:
        self.ratio, self.q = ratio, q
        place = ", ".join(f"{x:.3g}" for x in q)
        super().__init__(
            f"U/Uc = {ratio:.4g} at q = ({place}): the metal orders magnetically",
            f"divide the interaction by more than {ratio:.4g}",
        )


def rpa(chi: Chi, interaction: Interaction | Sequence[Interaction]) -> Chi:
    """Return the interacting spin susceptibility (1 - chi0 V)^-1 chi0.

    Parameters
    ----------
    chi : a bubble of `onnes.response.susceptibility`.
    interaction : a `HubbardKanamori` of orbitals of one atom (orbitals at one position); a number U (meV) within
        each orbital; a function J(q) = sum_R J(R) exp(2 pi i q.R) (meV) of the exchange sum_bonds J S.S, each bond
        counted once, which has V = -J(q)/2; or several of these, added.

    Raises
    ------
    MagneticInstability : U/Uc >= 1 at one of the q; says U/Uc and where.
    InvalidInput : a chi that is interacting already, or J(q) of a wrong shape.
    """
    if chi.kind != "bubble":
        raise InvalidInput(f"a susceptibility of kind {chi.kind!r}", "give the bubble itself")
    vertices = vertex(chi, interaction)
    strength = stoner(chi.static, vertices)
    worst = int(np.argmax(strength))
    if strength[worst] >= 1:
        raise MagneticInstability(float(strength[worst]), chi.q[worst])
    unit = np.eye(chi.values.shape[-1])
    dressed = np.linalg.solve(unit - chi.values @ vertices[:, None], chi.values)
    static = np.linalg.solve(unit - chi.static @ vertices, chi.static)
    return with_values(chi, dressed, static, "rpa")


def critical_interaction(chi: Chi, interaction: Interaction | Sequence[Interaction]) -> float:
    """Return the factor by which an interaction may be multiplied until the paramagnet orders at one of the q.

    For ``interaction=1.0`` it is Uc in meV. Infinite where the interaction does not favour order. Parameters
    and errors as in `rpa`, but for the instability.
    """
    strongest = float(np.max(stoner(chi.static, vertex(chi, interaction))))
    return 1 / strongest if strongest > 0 else np.inf


def stoner(static: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Return the largest eigenvalue of chi0(q, 0) V(q), float (q,): 1 at the instability.

    With chi0 = R R† it is that of the Hermitian R† V R.
    """
    values, vectors = np.linalg.eigh((static + np.swapaxes(static, -1, -2).conj()) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    return np.linalg.eigvalsh(np.swapaxes(root, -1, -2).conj() @ vertices @ root)[..., -1]


def vertex(chi: Chi, interaction: Interaction | Sequence[Interaction]) -> np.ndarray:
    """Return V(q), complex (q, n^2, n^2), meV, in the pairs of orbitals a*n + b."""
    terms = interaction if isinstance(interaction, Sequence) else (interaction,)
    total = np.zeros((len(chi.q), *chi.values.shape[-2:]), complex)
    for term in terms:
        if isinstance(term, HubbardKanamori):
            total += term.spin_vertex(chi.bands.n_orbitals) * _on_one_atom(chi.bands)
        elif callable(term):
            total += _exchange(term, chi)
        else:
            total += _repulsion(term, chi.bands.n_orbitals)
    return total


def _on_one_atom(bands: TightBinding) -> np.ndarray:
    """Return 1 where all four orbitals sit at one position, (n^2, n^2)."""
    tau = bands.positions
    same = np.max(np.abs(tau[:, None] - tau[None]), axis=-1) < SAME_PLACE
    n = len(tau)
    together = np.einsum("ab,ac,ad->abcd", same, same, same)
    return together.reshape(n * n, n * n).astype(float)


def _repulsion(strength: float, n: int) -> np.ndarray:
    if not isinstance(strength, int | float | np.floating | np.integer) or not np.isfinite(strength):
        raise InvalidInput(
            f"interaction {strength!r}", "give a HubbardKanamori, a finite number of meV, or a function J(q)"
        )
    return HubbardKanamori(float(strength), 0.0).spin_vertex(n)


def _exchange(function: Exchange, chi: Chi) -> np.ndarray:
    n = chi.bands.n_orbitals
    given = np.asarray(function(chi.q))
    expected = (len(chi.q), n, n)
    if given.shape == (len(chi.q),) and n == 1:
        given = given[:, None, None]
    if given.shape != expected or not np.all(np.isfinite(given)):
        raise InvalidInput(f"J(q) of shape {given.shape}", f"return finite numbers of shape {expected}, meV")
    found = np.zeros((len(chi.q), n * n, n * n), complex)
    found[:, :: n + 1, :: n + 1] = -given / 2
    return found
