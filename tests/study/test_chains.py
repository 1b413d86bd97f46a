"""Monte Carlo chains on workers: the same numbers whoever ran them, and nothing lost when one is killed."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.units import K_B

MODEL = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 3.0, chemical_potential=0.3)
RUN = {
    "temperature": 1 / (K_B * 1.5),
    "slices": 15,
    "sampling": on.solve.Sampling(warm=20, blocks=16, sweeps=60),
    "seed": 3,
}


def same(one: on.State, other: on.State) -> None:
    assert one.fields.keys() == other.fields.keys()
    for name, value in one.fields.items():
        assert np.array_equal(value, other[name]), name


@pytest.fixture(scope="module")
def serial() -> on.State:
    return on.solve.dqmc(MODEL, **RUN, chains=3)


def test_in_this_process(serial: on.State) -> None:
    same(on.study.sample_chains(MODEL, **RUN, chains=3), serial)
    with pytest.raises(InvalidInput, match="0 chains"):
        on.study.sample_chains(MODEL, **RUN, chains=0)


def test_a_killed_process_costs_nothing(serial: on.State, tmp_path: Path) -> None:
    """The first worker that has written a block is killed; its chain goes on from there, on another."""
    killed: list[int] = []

    def kill(pids) -> None:  # type: ignore[no-untyped-def]
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            if list(tmp_path.glob("chain-*.npz")):
                victim = next(iter(pids()), None)
                if victim is not None:
                    os.kill(victim, signal.SIGKILL)
                    killed.append(victim)
            time.sleep(0.005)

    def children() -> list[int]:
        path = Path(f"/proc/{os.getpid()}/task")
        found = [int(p) for t in path.iterdir() for p in (t / "children").read_text().split()]
        return [p for p in found if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]

    if not Path("/proc/self/task").is_dir():
        pytest.skip("needs /proc to find the workers")
    with on.study.workers(2) as pool:
        hunter = threading.Thread(target=kill, args=(children,))
        hunter.start()
        found = on.study.sample_chains(MODEL, **RUN, chains=3, executor=pool, checkpoint=tmp_path)
        hunter.join()
    assert killed
    same(found, serial)


def test_on_dask(serial: on.State) -> None:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        same(on.study.sample_chains(MODEL, **RUN, chains=3, executor=client), serial)
