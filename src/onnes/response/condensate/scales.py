r"""The two lengths of a condensate from the microscopic state that it condenses in, and a film made of it.

A Ginzburg-Landau superconductor at its working temperature has two scales, and a microscopic state gives three: its
linear screening, its condensation energy, and the upper critical field of the same glue::

    1/lambda^2 = mu_0 e^2 (2 N_0) v_F^2/3 rho(T, l),      rho = pi T sum_n Delta_n^2/[R_n^2 (Z_n R_n + hbar/2 tau)]
    Bc^2/2mu_0 = F_n - F_s,        mu_0 Hc2 from the linearised equations in a field

rho is `superfluid_density`: clean and dirty are its two ends, and nothing in between is interpolated. From the first
two follows xi = Phi_0/(2 sqrt2 pi lambda Bc), from the first and the third xi = (Phi_0/2 pi Hc2)^(1/2). Both are the
coherence length near Tc, where in weak coupling (derived from the expansions in Delta/kTc)::

    clean  xi = [7 zeta(3)/48]^(1/2) hbar v_F/(pi kTc) (1-t)^(-1/2) = 0.739 xi_0 (1-t)^(-1/2)
    dirty  xi = [pi hbar D/(8 kTc)]^(1/2) (1-t)^(-1/2)              = 0.852 (xi_0 l)^(1/2) (1-t)^(-1/2)
    clean  lambda = lambda_L(0) [2(1-t)]^(-1/2);        dirty  kappa = [42 zeta(3)/pi^4]^(1/2) lambda_L(0)/l

xi_0 = hbar v_F/(pi Delta_0), D = v_F l/3, and 0.720 in the last (L. P. Gor'kov, Sov. Phys. JETP 9, 1364 (1959) and
10, 998 (1960), recalled; textbooks round to 0.74, 0.855 and 0.715). Far below Tc the two routes part: at T = 0 the
first is (pi/sqrt12) xi_0 = 0.907 xi_0, clean, in weak coupling. Their ratio, `Scales.consistency`, measures how far a
state is from the Ginzburg-Landau theory.

Why here: a film is a model and a model knows no state, so that what turns one into the other is a response.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from onnes.errors import CannotProbe, InvalidInput, InvalidModel, NoSuperconductivity
from onnes.model.condensate.film import Film, Terminal
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.model.condensate.shapes import Shape
from onnes.model.lattice.pairing import Superconductor
from onnes.numerics.matsubara_sum import positive_sum
from onnes.response.lattice.current import superfluid_weight
from onnes.response.phonons.bcs import bcs_free_energy
from onnes.response.phonons.penetration import bare_london_depth, superfluid_density
from onnes.response.phonons.thermodynamics import free_energy, sommerfeld
from onnes.state import State
from onnes.units import E_CHARGE, HBAR, HBAR_SI, K_B, LIGHT, MU_0, PHI_0

JOULE = 1e-3 * E_CHARGE
"""J in a meV."""
EPSILON_0 = 1 / (MU_0 * LIGHT**2)


@dataclass(frozen=True, slots=True)
class Carriers:
    r"""What an isotropic state does not know of its metal: the bare band, and how often its electrons are scattered.

    .. math:: \omega_p^2=\frac{e^2}{\epsilon_0}\frac{2N_0v_F^2}{3},\qquad \rho=\frac{1}{\epsilon_0\omega_p^2\tau},
              \qquad \tau=l/v_F

    The coupling to phonons renormalises mass and lifetime alike: it drops out of the resistivity, and the state
    itself holds it everywhere else.

    Parameters
    ----------
    plasma_energy : hbar omega_p of the bare band, meV.
    fermi_velocity : of the bare band, m/s; the root of its mean square over the Fermi surface.
    mean_free_path : l between impurities, nm; None for the clean metal, which has no resistivity.

    Raises
    ------
    InvalidModel : not positive.
    """

    plasma_energy: float
    fermi_velocity: float
    mean_free_path: float | None = None

    def __post_init__(self) -> None:
        for name, unit in (("plasma_energy", "meV"), ("fermi_velocity", "m/s"), ("mean_free_path", "nm")):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InvalidModel(f"Carriers.{name}", value, "positive and finite", unit)

    @classmethod
    def from_heat(
        cls,
        gamma: float,
        molar_volume: float,
        renormalisation: float,
        plasma_energy: float,
        mean_free_path: float | None = None,
    ) -> "Carriers":
        """Return the carriers whose density of states is that of a measured heat capacity.

        Parameters
        ----------
        gamma : mJ/mol/K^2. molar_volume : cm^3/mol.
        renormalisation : 1 + lambda, by which gamma exceeds that of the bare band.
        """
        for name, value, unit in (("gamma", gamma, "mJ/mol/K^2"), ("molar_volume", molar_volume, "cm^3/mol")):
            if not 0 < value < float("inf"):
                raise InvalidModel(f"Carriers.{name}", value, "positive and finite", unit)
        if not 1 <= renormalisation < float("inf"):
            raise InvalidModel("Carriers.renormalisation", renormalisation, "1 + lambda, at least 1")
        per_volume = gamma * 1e-3 / (molar_volume * 1e-6) / renormalisation  # J/K^2/m^3
        states = 3 * per_volume / (pi * K_B * JOULE) ** 2  # both spins, 1/(J m^3)
        frequency = plasma_energy * JOULE / HBAR_SI
        return cls(plasma_energy, sqrt(3 * EPSILON_0 / states) * frequency / E_CHARGE, mean_free_path)

    @property
    def density_of_states(self) -> float:
        """N_0 of the bare band per spin, 1/(meV nm^3)."""
        frequency = self.plasma_energy * JOULE / HBAR_SI
        return 1.5 * EPSILON_0 * (frequency / (E_CHARGE * self.fermi_velocity)) ** 2 * JOULE * 1e-27

    @property
    def scattering(self) -> float:
        """hbar/tau, meV; 0 in the clean metal."""
        if self.mean_free_path is None:
            return 0.0
        return HBAR * self.fermi_velocity * 1e-3 / self.mean_free_path

    @property
    def resistivity(self) -> float | None:
        """Residual resistivity, uOhm cm; None in the clean metal."""
        if self.mean_free_path is None:
            return None
        frequency = self.plasma_energy * JOULE / HBAR_SI
        return self.scattering * JOULE / HBAR_SI / (EPSILON_0 * frequency**2) * 1e8

    def with_resistivity(self, resistivity: float) -> "Carriers":
        """Return the same band with the mean free path that gives a residual resistivity (uOhm cm)."""
        if not 0 < resistivity < float("inf"):
            raise InvalidModel("Carriers.resistivity", resistivity, "positive and finite", "uOhm cm")
        unit = Carriers(self.plasma_energy, self.fermi_velocity, 1.0).resistivity
        return Carriers(self.plasma_energy, self.fermi_velocity, unit / resistivity)


@dataclass(frozen=True, slots=True)
class Scales:
    """What a microscopic state says about its condensate.

    Parameters
    ----------
    penetration_depth : lambda(T), nm, of the local (London) response.
    thermodynamic_field : Bc(T), T, from the condensation energy of the state.
    coherence_length : xi(T), nm: from the upper critical field where that was given, otherwise from the other two.
    upper_critical_field : mu_0 Hc2(T), T, given; None otherwise.
    temperature : K.
    gap : at the lowest Matsubara frequency (Eliashberg) or Delta (BCS), meV; None for a lattice.
    """

    penetration_depth: float
    thermodynamic_field: float
    coherence_length: float
    upper_critical_field: float | None
    temperature: float
    gap: float | None

    @property
    def consistency(self) -> float:
        """Phi_0/(2 sqrt2 pi lambda xi) over the thermodynamic field of the state: 1 in the Ginzburg-Landau theory.

        With an upper critical field it is kappa_1 = Hc2/(sqrt2 Hc) over lambda/xi; without one it is 1 by construction.
        """
        return field_of(self.penetration_depth, self.coherence_length) / self.thermodynamic_field


def field_of(penetration_depth: float, coherence_length: float) -> float:
    """Return the thermodynamic field Phi_0/(2 sqrt2 pi lambda xi), T, of two lengths in nm."""
    return PHI_0 / (2 * sqrt(2) * pi * penetration_depth * coherence_length * 1e-18)


def condensate_scales(
    state: State,
    carriers: Carriers | None = None,
    *,
    mesh: Sequence[int] | None = None,
    upper_critical_field: float | None = None,
) -> Scales:
    """Return the lengths and fields of the condensate of a state, at the temperature of the state.

    Main arguments
    --------------
    state : of solve.eliashberg (one band, constant density of states), of solve.bcs (s wave, no pair breaking), or of
        solve.bdg (a lattice; the mean of x and y).
    carriers : the metal of an isotropic state. A lattice has its own and takes none.

    Other arguments
    ---------------
    mesh : points along each reciprocal vector of a lattice.
    upper_critical_field : T, such as `solve.upper_critical_field` gives for the same glue, temperature, velocity and
        mean free path; xi then follows from it, and the condensation energy becomes a check.

    Raises
    ------
    InvalidInput : no carriers for an isotropic state or some for a lattice, no mesh, a field that is not positive.
    CannotProbe : a state of another kind, pair breaking, a d wave, several bands.
    NoSuperconductivity : a normal state.
    """
    if upper_critical_field is not None and not 0 < upper_critical_field < float("inf"):
        raise InvalidInput(f"an upper critical field of {upper_critical_field} T", "give a positive number")
    if isinstance(state.model, Superconductor):
        if carriers is not None or mesh is None:
            raise InvalidInput(
                "a lattice state has carriers of its own, on a mesh", "give mesh=, and no carriers"
            )
        inverse_square, energy, gap = _of_lattice(state, mesh)
    else:
        if carriers is None or mesh is not None:
            raise InvalidInput(
                "an isotropic state does not know its band", "give Carriers(plasma_energy, ...), and no mesh"
            )
        inverse_square, energy, gap = _of_isotropic(state, carriers)
    temperature = float(state["temperature"][0])
    if not (inverse_square > 0 and energy > 0):
        raise NoSuperconductivity(f"the state at {temperature:g} K is normal", "go below Tc")
    depth, field = inverse_square**-0.5, sqrt(2 * MU_0 * energy)
    if upper_critical_field is None:
        length = PHI_0 / (2 * sqrt(2) * pi * depth * 1e-18 * field)
    else:
        length = sqrt(PHI_0 / (2 * pi * upper_critical_field)) * 1e9
    return Scales(depth, field, length, upper_critical_field, temperature, gap)


def ginzburg_landau(
    state: State,
    carriers: Carriers | None = None,
    *,
    mesh: Sequence[int] | None = None,
    upper_critical_field: float | None = None,
    resistivity: float | None = None,
    inelastic_time: float | None = None,
    critical_temperature: float | None = None,
) -> GinzburgLandau:
    r"""Return the Ginzburg-Landau superconductor that a microscopic state is, at its temperature.

    lambda, xi as `condensate_scales`. u is :math:`\pi^4/14\zeta(3)=5.79`, that of a dirty superconductor near Tc: in a
    clean one, or far below Tc, the time-dependent theory is a model and its u a convention.

    Parameters
    ----------
    state, carriers, mesh, upper_critical_field : as of `condensate_scales`.
    resistivity : uOhm cm, of a lattice; an isotropic state has that of its carriers.
    inelastic_time : tau_in, ps, of an isotropic state: gamma = 2 tau_in Delta/hbar with the gap of the state; where
        not given, the default gamma of `GinzburgLandau`.
    critical_temperature : K; of a BCS state it is known.

    Raises
    ------
    InvalidInput : two resistivities; an inelastic time of a state without one gap; and as `condensate_scales`.
    """
    scales = condensate_scales(state, carriers, mesh=mesh, upper_critical_field=upper_critical_field)
    if carriers is not None:
        if resistivity is not None:
            raise InvalidInput(
                "a resistivity beside the carriers", "give Carriers.with_resistivity(...) alone"
            )
        resistivity = carriers.resistivity
    if state.method == "bcs" and critical_temperature is None:
        critical_temperature = state.model.critical_temperature
    known = {}
    if inelastic_time is not None:
        if scales.gap is None:
            raise InvalidInput(
                "an inelastic time of a lattice", "give gamma to GinzburgLandau(inelastic=) yourself"
            )
        known["inelastic"] = 2 * inelastic_time * scales.gap / HBAR
    return GinzburgLandau(
        scales.coherence_length,
        scales.penetration_depth,
        resistivity,
        critical_temperature=critical_temperature,
        temperature=scales.temperature or None,
        **known,
    )


def film_from_state(
    state: State,
    shape: Shape,
    thickness: float,
    carriers: Carriers | None = None,
    *,
    terminals: tuple[Terminal, ...] = (),
    mesh: Sequence[int] | None = None,
    upper_critical_field: float | None = None,
    inelastic_time: float | None = None,
    critical_temperature: float | None = None,
) -> Film:
    """Return a film whose lengths are those of a microscopic state.

    It is a function of this floor and not a method of `Film`: a model may not know a state, nor what to compute of
    one. Where a film of a lattice needs a resistivity, build it from `ginzburg_landau`.

    Parameters
    ----------
    shape, thickness (nm), terminals : as of `Film`; the others as of `ginzburg_landau`.
    """
    material = ginzburg_landau(
        state,
        carriers,
        mesh=mesh,
        upper_critical_field=upper_critical_field,
        inelastic_time=inelastic_time,
        critical_temperature=critical_temperature,
    )
    return Film(shape, thickness, material, terminals)


def pippard_length(state: State, carriers: Carriers, gap: float) -> float:
    """Return xi_0 = hbar v_F/[pi Delta_0 (1 + lambda)], nm, of an Eliashberg state's glue and its gap edge (meV).

    v_F/(1 + lambda) is the velocity of the quasiparticles; 1 + lambda = 3 gamma/(2 pi^2 k^2 N_0).
    """
    if state.method != "eliashberg":
        raise CannotProbe("pippard_length", "a glue", "give a state of solve.eliashberg")
    if not gap > 0:
        raise InvalidInput(f"a gap of {gap} meV", "give a positive one")
    mass = sommerfeld(state.model) / (2 / 3 * pi**2 * K_B**2)
    return HBAR * carriers.fermi_velocity * 1e-3 / (pi * gap * mass)


# --- the two kinds of states -------------------------------------------------------------------


def _of_isotropic(state: State, carriers: Carriers) -> tuple[float, float, float]:
    """Return 1/lambda^2 (1/nm^2), F_n - F_s (J/m^3) and the gap (meV)."""
    bare = bare_london_depth(carriers.plasma_energy) ** -2
    if state.method == "eliashberg":
        if len(state["gap_matsubara"]) > 1:
            raise CannotProbe(
                "condensate_scales",
                "one band",
                "several bands have several coherence lengths; solve one band",
            )
        density = superfluid_density(state, scattering=carriers.scattering)
        difference, gap = free_energy(state), float(state["gap_matsubara"][0, 0])
    elif state.method == "bcs":
        density, difference = _bcs_density(state, carriers.scattering), bcs_free_energy(state)
        gap = float(state["gap_amplitude"][0])
    else:
        raise CannotProbe(
            "condensate_scales",
            "an isotropic or a lattice gap",
            "give a state of solve.eliashberg, bcs or bdg",
        )
    return bare * density, -difference * carriers.density_of_states * JOULE * 1e27, gap


def _bcs_density(state: State, scattering: float) -> float:
    """Return lambda_L^2(0)/lambda^2(T) of an s wave with any mean free path: Z = 1 in the sum of Nam."""
    model, gap = state.model, float(state["gap_amplitude"][0])
    if model.symmetry != "s" or model.pair_breaking.rate > 0:
        raise CannotProbe(
            "condensate_scales", "an s wave without pair breaking", "solve a lattice for the d wave"
        )
    if gap == 0:
        return 0.0

    def term(omega: np.ndarray) -> np.ndarray:
        root = np.hypot(omega, gap)
        return gap**2 / (root**2 * (root + scattering / 2))

    return positive_sum(term, K_B * float(state["temperature"][0]), gap + scattering)


def _of_lattice(state: State, mesh: Sequence[int]) -> tuple[float, float, None]:
    """Return 1/lambda^2 (1/nm^2), F_n - F_s (J/m^3), the mean of x and y."""
    if "condensation" not in state:
        raise CannotProbe("condensate_scales", "condensation", "give a self-consistent state of solve.bdg")
    weight = superfluid_weight(state, mesh=mesh).total
    volume = abs(float(np.linalg.det(state.model.bands.vectors)))  # angstrom^3
    mean = float(weight[0, 0] + weight[1, 1]) / 2
    inverse_square = MU_0 * (E_CHARGE / HBAR_SI) ** 2 * mean * JOULE / (volume * 1e-10) * 1e-18
    return inverse_square, -float(state["condensation"]) * JOULE / (volume * 1e-30), None
