"""The density of states around an impurity beside dense diagonalisation; the matrix of a large sample."""

import numpy as np
from harness import Benchmark

import onnes as on

SHAPE, SITE = (40, 40), (20, 20)
ENERGY, BROADENING = np.linspace(-2, 2, 401), 0.03
LARGE = (1000, 1000)
WEIGHTS = 2 + np.sin(np.arange(len(ENERGY) * np.prod(SHAPE)))


def host() -> on.model.Superconductor:
    """A d-wave superconductor in units of t: t' = -0.3 t, mu = -t, Delta = 0.2 t."""
    bands = on.model.square({(0, 0): 1.0, (1, 0): -1.0, (1, 1): 0.3})
    return on.model.Superconductor(bands, on.model.d_wave(0.2))


def checksum(maps: np.ndarray) -> float:
    """One number to which every cell and every energy contributes with its own weight."""
    return float(maps.ravel() @ WEIGHTS)


def benchmarks() -> list[Benchmark]:
    model = host()
    defect = on.model.Impurity(5.0, SITE)
    dense = on.solve.bdg_matrix(on.model.Sample(model, SHAPE, (defect,))).toarray()

    def scattered() -> float:
        state = on.solve.impurity(model, [defect], mesh=SHAPE, energy=ENERGY, broadening=BROADENING)
        return checksum(on.probe.ldos(state)["ldos"].values)

    def diagonalised() -> float:
        energies, vectors = np.linalg.eigh(dense)
        weight = vectors[: len(vectors) // 2] ** 2
        line = BROADENING / np.pi / ((ENERGY[:, None] - energies) ** 2 + BROADENING**2)
        return checksum(line @ weight.T)

    def built() -> float:
        return float(on.solve.bdg_matrix(on.model.Sample(model, LARGE)).nnz)

    return [
        Benchmark(
            "density of states, 1600 sites, 401 energies",
            "dense diagonalisation",
            scattered,
            diagonalised,
            1e-10,
            ">= 130x",
            lambda s, r: r >= 130,
            1,
        ),
        Benchmark("d-wave matrix of 10^6 sites", "", built, None, 0.0, "< 2 s", lambda s, r: s < 2.0, 3),
    ]
