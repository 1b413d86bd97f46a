"""Compiled loops of the time-dependent Ginzburg-Landau equation on a line.

In the gauge without a scalar potential all of the electric field is in the links: with theta_i the phase of the link
from site i to the next, h their distance, j_i the supercurrent and J the current through the wire,

    d psi/dt = (s/u)[G - (gamma^2/s^2) Re(psi* G) psi],    d theta_i/dt = h (j_i - J).

y (3, n) holds real part, imaginary part and link phase. The potential equation is solved by this: the current is J in
every link. ``mode`` says what J is: 0 given, 1 a ring in a given flux, J = mean(j) - (d theta/dt)/C, 2 a ring with an
inductance, J = (sum theta_i - theta_a)/screening.
"""

from math import atan2, ceil, cos, floor, pi, sin, sqrt

import numpy as np
from numba import njit

from onnes.solve.condensate.films.kernels import rkl2
from onnes.solve.condensate.films.noise import normals

_FAST = {"cache": True, "error_model": "numpy", "nogil": True}
MOST_STAGES = 31
GIVEN, IN_FLUX, INDUCTIVE = 0, 1, 2
NOISY = 0.4
"""Largest step times rate under noise: the stiffest mode is then warmer than it should be by 0.4^2/3, or 5 per cent."""
ROW = 9
"""Columns of a sample: time, current, sum of links, slips, mean |psi|^2, energy, largest |E|, least |psi|, step."""


def stage_table() -> tuple[np.ndarray, np.ndarray]:
    """Return the first weights (s,) and the coefficients (s, s, 5) of RKL2 for up to 31 stages."""
    first, table = np.zeros(MOST_STAGES + 1), np.zeros((MOST_STAGES + 1, MOST_STAGES + 1, 5))
    for stages in range(3, MOST_STAGES + 1):
        first[stages], rows = rkl2(stages)
        table[stages, 2 : stages + 1] = rows
    return first, table


@njit(**_FAST)
def drive_at(drive, t):
    """Return a schedule at time t; drive (2, m + 2): times, values, and [amplitude, omega], [phase, 0] at the end."""
    last = drive.shape[1] - 2
    wave = drive[0, last] * sin(drive[0, last + 1] * t + drive[1, last])
    if t <= drive[0, 0]:
        return drive[1, 0] + wave
    for k in range(1, last):
        if t <= drive[0, k]:
            share = (t - drive[0, k - 1]) / (drive[0, k] - drive[0, k - 1])
            return drive[1, k - 1] + share * (drive[1, k] - drive[1, k - 1]) + wave
    return drive[1, last - 1] + wave


@njit(**_FAST)
def link_currents(y, h, links, j):
    """Write the supercurrent of each link, and return their mean."""
    n, total = y.shape[1], 0.0
    for i in range(links):
        k = i + 1 if i + 1 < n else 0
        c, s = cos(y[2, i]), sin(y[2, i])
        a, b = c * y[0, k] + s * y[1, k], c * y[1, k] - s * y[0, k]
        j[i] = (y[0, i] * b - y[1, i] * a) / h
        total += j[i]
    return total / links


@njit(**_FAST)
def current_of(y, links, mean, mode, drive):
    """Return J; ``drive`` = (value, rate, screening) of the step."""
    if mode == GIVEN:
        return drive[0]
    if mode == IN_FLUX:
        return mean - drive[1]
    total = 0.0
    for i in range(links):
        total += y[2, i]
    return (total - drive[0]) / drive[2]


@njit(**_FAST)
def velocity(y, h, fields, maps, ring, fixed, mode, drive, out, j):
    """Write dy/dt and return its largest rate of relaxation; fields (2, n) = (eps, loss), maps = (u, gamma^2)."""
    n = y.shape[1]
    links = n if ring else n - 1
    current = current_of(y, links, link_currents(y, h, links, j), mode, drive)
    inverse, fastest, densest = 1 / (h * h), 0.0, 0.0
    for i in range(n):
        a, b = y[0, i], y[1, i]
        density = a * a + b * b
        densest = max(densest, density)
        growth = fields[0, i] - density - fields[1, i]
        gr, gi, neighbours = growth * a, growth * b, 0
        if ring or i + 1 < n:
            k = i + 1 if i + 1 < n else 0
            c, s = cos(y[2, i]), sin(y[2, i])
            gr += inverse * (c * y[0, k] + s * y[1, k] - a)
            gi += inverse * (c * y[1, k] - s * y[0, k] - b)
            neighbours += 1
        if ring or i > 0:
            k = i - 1 if i > 0 else n - 1
            c, s = cos(y[2, k]), sin(y[2, k])
            gr += inverse * (c * y[0, k] - s * y[1, k] - a)
            gi += inverse * (c * y[1, k] + s * y[0, k] - b)
            neighbours += 1
        s2 = 1 + maps[1] * density
        mobility = sqrt(s2) / maps[0]
        q = maps[1] * (a * gr + b * gi) / s2
        held = fixed and (i == 0 or i == n - 1)
        out[0, i] = 0.0 if held else mobility * (gr - q * a)
        out[1, i] = 0.0 if held else mobility * (gi - q * b)
        out[2, i] = h * (j[i] - current) if i < links else 0.0
        rate = mobility * (2 * neighbours * inverse + abs(fields[0, i]) + fields[1, i] + 3 * density)
        fastest = max(fastest, rate)
    extra = links * h / drive[2] if mode == INDUCTIVE else 0.0
    return fastest + densest + extra


@njit(**_FAST)
def noise_kick(y, h, maps, ring, fixed, mode, theta, dt, key, step, part):
    """Add the noise of a time dt to psi and to the links; theta = kT/E_0.

    Links: Johnson currents of variance theta/(h dt); in a given flux their sum is kept.
    """
    n = y.shape[1]
    links = n if ring else n - 1
    for i in range(n):
        one, two = normals(i, step, 2 * part, key[0], key[1])
        if fixed and (i == 0 or i == n - 1):
            continue
        a, b = y[0, i], y[1, i]
        density = a * a + b * b
        s, r = sqrt(1 + maps[1] * density), sqrt(density)
        ex, ey = (a / r, b / r) if r > 0 else (1.0, 0.0)
        size = theta * dt / (h * maps[0])
        along, across = one * sqrt(size / s), two * sqrt(size * s)
        drift = -0.5 * size * maps[1] / s * (1 + 1 / (s * s))
        y[0, i] += along * ex - across * ey + drift * a
        y[1, i] += along * ey + across * ex + drift * b
    root, mean = sqrt(theta * h * dt), 0.0
    for i in range(links):
        one, _ = normals(i, step, 2 * part + 1, key[0], key[1])
        y[2, i] += root * one
        mean += root * one / links
    if mode == IN_FLUX:
        for i in range(links):
            y[2, i] -= mean


@njit(**_FAST)
def steps_of_phase(y, links, out):
    """Write the gauge-invariant phase difference of each link, in (-pi, pi].

    Entry n is their sum and that of the links; the two last entries of ``out`` (n + 3) are the phases of the first and
    the last site of an open line.
    """
    n = y.shape[1]
    out[n] = 0.0
    for i in range(links):
        k = i + 1 if i + 1 < n else 0
        c, s = cos(y[2, i]), sin(y[2, i])
        a, b = c * y[0, k] + s * y[1, k], c * y[1, k] - s * y[0, k]
        out[i] = atan2(y[0, i] * b - y[1, i] * a, y[0, i] * a + y[1, i] * b)
        out[n] += out[i] + y[2, i]
    open_line = links < n
    out[n + 1] = atan2(y[1, 0], y[0, 0]) if open_line else 0.0
    out[n + 2] = atan2(y[1, n - 1], y[0, n - 1]) if open_line else 0.0


@njit(**_FAST)
def turned(angle):
    """Return an angle as one in [-pi, pi)."""
    return angle - 2 * pi * floor((angle + pi) / (2 * pi))


@njit(**_FAST)
def jumps(before, after, links):
    """Return by how many turns the phase slipped in a step, and the link that changed most.

    Gauge-invariant differences and links add up to the difference of the end phases (or to zero around a ring), but for
    whole turns: these are the slips, even where psi vanishes on a site and two links change by half a turn each.
    """
    n = len(before) - 3
    ends = turned(after[n + 2] - before[n + 2]) - turned(after[n + 1] - before[n + 1])
    net = round((after[n] - before[n] - ends) / (2 * pi))
    where, widest = 0, 0.0
    if net != 0:
        for i in range(links):
            if abs(after[i] - before[i]) > widest:
                widest, where = abs(after[i] - before[i]), i
    return net, where


@njit(**_FAST)
def energy(y, h, fields, ring):
    """Return the free energy of psi over E_0, without that of the field."""
    n, total = y.shape[1], 0.0
    for i in range(n):
        a, b = y[0, i], y[1, i]
        density = a * a + b * b
        total += h * ((fields[1, i] - fields[0, i]) * density + density * density / 2)
        if ring or i + 1 < n:
            k = i + 1 if i + 1 < n else 0
            c, s = cos(y[2, i]), sin(y[2, i])
            dr, di = c * y[0, k] + s * y[1, k] - a, c * y[1, k] - s * y[0, k] - b
            total += (dr * dr + di * di) / h
    return total


@njit(**_FAST)
def rkl_step(y, h, fields, maps, ring, fixed, mode, drive, dt, stages, first, table, work, j):
    """Advance by one step into work[0], the velocity at its start being in work[3]; work (5, 3, n)."""
    older, now, slope0, slope = work[1], work[2], work[3], work[4]
    new = work[0]
    n = y.shape[1]
    for c in range(3):
        for i in range(n):
            older[c, i] = y[c, i]
            now[c, i] = y[c, i] + first[stages] * dt * slope0[c, i]
    for k in range(2, stages + 1):
        velocity(now, h, fields, maps, ring, fixed, mode, drive, slope, j)
        w = table[stages, k]
        for c in range(3):
            for i in range(n):
                new[c, i] = (
                    w[0] * now[c, i]
                    + w[1] * older[c, i]
                    + w[2] * y[c, i]
                    + dt * (w[3] * slope[c, i] + w[4] * slope0[c, i])
                )
                older[c, i] = now[c, i]
                now[c, i] = new[c, i]


@njit(**_FAST)
def defect(y, work, dt):
    """Return the largest |end - start - dt (f0 + f1)/2| of a site: the error of the trapezoidal rule."""
    worst = 0.0
    for i in range(y.shape[1]):
        square = 0.0
        for c in range(3):
            d = work[0, c, i] - y[c, i] - 0.5 * dt * (work[3, c, i] + work[4, c, i])
            square += d * d
        worst = max(worst, square)
    return sqrt(worst)


@njit(**_FAST)
def sample(row, y, h, fields, ring, mode, drive, t, slips, dt, j):
    """Write one sample."""
    n = y.shape[1]
    links = n if ring else n - 1
    current = current_of(y, links, link_currents(y, h, links, j), mode, drive)
    row[0], row[1], row[3], row[8] = t, current, slips, dt
    row[2], row[6] = 0.0, 0.0
    for i in range(links):
        row[2] += y[2, i]
        row[6] = max(row[6], abs(current - j[i]))
    mean, least = 0.0, 1e300
    for i in range(n):
        density = y[0, i] ** 2 + y[1, i] ** 2
        mean += density / n
        least = min(least, density)
    row[4], row[5], row[7] = mean, energy(y, h, fields, ring), sqrt(least)


@njit(**_FAST)
def note_slip(before, after, links, clock, events):
    """Count the slips of a step, and keep time, link and turns of each while there is room."""
    net, where = jumps(before, after, links)
    before[:] = after
    if net != 0:
        clock[3] += net
        if clock[4] < len(events):
            k = int(clock[4])
            events[k, 0], events[k, 1], events[k, 2] = clock[0], where, net
        clock[4] += 1


@njit(**_FAST)
def attempt(y, h, fields, maps, ring, fixed, mode, now, dt, rate, noise, key, step, first, table, work, j):
    """Try a step of length dt with half of the noise before it; return its error."""
    if noise > 0:
        noise_kick(y, h, maps, ring, fixed, mode, noise, dt / 2, key, step, 0)
        velocity(y, h, fields, maps, ring, fixed, mode, now, work[3], j)
    stages = min(MOST_STAGES, max(3, ceil(0.5 * (sqrt(9 + 8 * dt * rate) - 1)) + 1))
    rkl_step(y, h, fields, maps, ring, fixed, mode, now, dt, stages, first, table, work, j)
    velocity(work[0], h, fields, maps, ring, fixed, mode, now, work[4], j)
    return defect(y, work, dt)


@njit(**_FAST)
def run(y, clock, targets, sampled, line, drive, screening, control, noise, key, coefficients, rows, events):
    """Advance y over the times ``targets``; write a row for each that is sampled, and the slips to ``events`` (m, 3).

    clock = [t, dt, steps, slips, events seen, rejected steps, samples]; control = (tolerance, largest dt);
    line = (h, fields, maps, ring, fixed, mode). Under noise, kT/E_0, steps are not rejected but kept below `NOISY`.
    Returns 0, or 1 where a number ceased to be finite.
    """
    h, fields, maps, ring, fixed, mode = line
    first, table = coefficients
    n = y.shape[1]
    links = n if ring else n - 1
    work, j, now = np.zeros((5, 3, n)), np.zeros(n), np.zeros(3)
    before, after = np.zeros(n + 3), np.zeros(n + 3)
    steps_of_phase(y, links, before)
    now[2] = screening
    limit = NOISY if noise > 0 else (MOST_STAGES * MOST_STAGES + MOST_STAGES - 2) / 2
    for m in range(len(targets)):
        while clock[0] < targets[m]:
            left, dt = targets[m] - clock[0], min(clock[1], control[1])
            whole = dt >= left * (1 - 1e-12)
            dt = left if whole else dt
            begin, end = drive_at(drive, clock[0]), drive_at(drive, clock[0] + dt)
            now[0], now[1] = 0.5 * (begin + end), (end - begin) / (dt * links * h)
            rate = velocity(y, h, fields, maps, ring, fixed, mode, now, work[3], j)
            if dt * rate > 1.001 * limit:
                clock[1] = limit / rate
                continue
            step = int(clock[2])
            error = attempt(
                y, h, fields, maps, ring, fixed, mode, now, dt, rate, noise, key, step, first, table, work, j
            )
            error /= control[0]
            if not error < 1e300:
                return 1
            if error > 1 and noise == 0:
                clock[1] = dt * max(0.2, 0.9 * error ** (-1 / 3))
                clock[5] += 1
                continue
            y[:] = work[0]
            if noise > 0:
                noise_kick(y, h, maps, ring, fixed, mode, noise, dt / 2, key, step, 1)
            grown = min(dt * min(2.0, 0.9 * max(error, 1e-9) ** (-1 / 3)), 0.98 * limit / rate)
            clock[1] = grown if not whole else max(grown, clock[1])
            clock[0] = targets[m] if whole else clock[0] + dt
            clock[2] += 1
            steps_of_phase(y, links, after)
            note_slip(before, after, links, clock, events)
        if sampled[m]:
            now[0] = drive_at(drive, clock[0])
            sample(rows[int(clock[6])], y, h, fields, ring, mode, now, clock[0], clock[3], clock[1], j)
            clock[6] += 1
    return 0
