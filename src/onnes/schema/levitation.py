"""Magnets above superconductors: laboratory sizes, mm and s."""

from onnes.schema.quantity import Quantity, quantity

# fmt: off
TABLE: dict[str, Quantity] = {
    # --- levitation (laboratory size: mm, s) ---------------------------------------------------
    "travel":      quantity("n", "1", "travel", "point on the travel of a magnet, counted from 0"),
    "magnet_height": quantity("h", "mm", "travel", "height of a magnet above the top of a superconductor"),
    "travel_time": quantity("t", "s", "travel", "time on the travel of a magnet"),
    "levitation_force": quantity("F", "N", "travel", "vertical force on a magnet, upward positive: repulsion"),
    "vertical_stiffness": quantity("k_z", "N/m", "travel", "-dF/dh of a magnet against vertical displacement; positive restores"),
    "lateral_stiffness": quantity("k_x", "N/m", "travel", "stiffness of a magnet against lateral displacement, in the softer direction"),
    "tilt_stiffness": quantity("k_θ", "N m", "travel", "stiffness of a magnet against tilt about its centre, about the softer axis"),
    "unstable_modes": quantity("n_-", "1", "travel", "displacements and tilts of a magnet, of five, that lower its energy"),
    "neutral_modes": quantity("n_0", "1", "travel", "displacements and tilts of a magnet, of five, that leave its energy unchanged"),
    "interaction_energy": quantity("E", "J", "travel", "energy of a magnet in the field of the screening currents it drives"),
    "induced_moment": quantity("m", "A m^2", "travel", "moment of the currents in a superconductor, along z"),
    "swept_field": quantity("B_a", "T", "travel", "uniform applied field along z, swept in time"),
    "current_energy": quantity("W", "J", "travel", "magnetic energy of the currents in a superconductor, without the magnet"),
    "dissipated_energy": quantity("Q", "J", "travel", "heat from moving flux since the beginning of a travel"),
    "external_work": quantity("A", "J", "travel", "work done against the force on a magnet since the beginning of its travel"),
    "body_radius": quantity("r", "mm", "body_radius", "distance from the axis of a superconducting body"),
    "body_height": quantity("z", "mm", "body_height", "height in a superconducting body, its top surface at zero"),
    "azimuthal_current": quantity("J_φ", "A/m^2", "body_height body_radius", "current density around the axis of a superconducting body, at the end"),
    "equilibrium": quantity("n", "1", "equilibrium", "places where the force on a magnet balances its weight, counted from 0"),
    "equilibrium_height": quantity("h_eq", "mm", "equilibrium", "distance of the magnet from the superconductor where the force balances its weight"),
    "equilibrium_side": quantity("s", "1", "equilibrium", "+1 where the magnet floats above the superconductor, -1 where it hangs below"),
    "equilibrium_stiffness": quantity("k_z", "N/m", "equilibrium", "vertical stiffness where the force balances the weight"),
    "equilibrium_stable": quantity("stable", "1", "equilibrium", "1 where no displacement that was examined lowers the energy, 0 elsewhere"),
}
# fmt: on
