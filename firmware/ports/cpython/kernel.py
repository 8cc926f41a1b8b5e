"""NumPy twin of the kernel, for the bench.  Its definition is meter/metrology/kernel.py."""

# Each buffer is an argument of its own: gathering them in an object would cost the board a call.
# ruff: noqa: PLR0913, PLR0917

import numpy as np

from meter.metrology import half_cycles, layout

_STRIDE = 256  # sets that track() looks at together: more than a mains cycle, so one pass finds it

_COS, _SIN = np.array(layout.REFERENCE, np.int64).reshape(-1, 2).T.copy()

# Weights of a set's 18 codes in its three channels.  Products and sums are whole numbers below
# 2**24, so float32, which the matrix product is fastest in, is exact.
_WEIGHTS = np.tile(np.diag((3, 3, 3)), (layout.CODES_PER_CHANNEL, 1)).astype(np.float32)
_WEIGHTS[-2, 1] -= 1
_WEIGHTS[-1, 2] -= 2


def decimate(codes, first, n, lut, carry, ih, u, il, at, mask):
    """As the definition."""
    if n == 0:
        return
    raw = np.frombuffer(codes, np.uint16).reshape(-1, layout.CODES_PER_SET)[first : first + n]
    linear = np.frombuffer(lut, np.int16).astype(np.float32)[raw]
    total = (linear @ _WEIGHTS).astype(np.int32)
    last = linear[:, -2:].astype(np.int32)
    total[0, 1:] += (carry[0], 2 * carry[1])
    total[1:, 1:] += last[:-1] * (1, 2)
    total >>= layout.MEAN_SHIFT
    for channel, ring in enumerate((ih, u, il)):
        _write(ring, at, mask, total[:, channel])
    carry[0], carry[1] = last[-1].tolist()


def unpack(frames, first, n, systems_u, systems_i, at, mask):
    """As the definition."""
    pairs = np.frombuffer(frames, np.int32).reshape(-1, len(systems_u), 2)[first : first + n]
    for system, (u, i) in enumerate(zip(systems_u, systems_i, strict=True)):
        _write(u, at, mask, pairs[:, system, 0] >> layout.U_SHIFT)
        _write(i, at, mask, pairs[:, system, 1] >> layout.I_SHIFT)


def unpack_words(words, first, n, stride, u, i, at, mask):
    """As the definition."""
    frames = np.frombuffer(words, np.uint32)[first * stride : (first + n) * stride]
    codes = frames.reshape(n, stride)[:, 1:3] << 8  # the sign in the highest bit
    _write_codes(codes.view(np.int32), u, i, at, mask)


def accumulate(u, i, first, n, mask, step, sums):
    """As the definition."""
    u = _read(u, first, n, mask)
    i = _read(i, first, n, mask)
    phase = np.arange(n, dtype=np.uint32) * np.uint32(step) + np.uint32(layout.REFERENCE_START)
    cosine, sine = _COS[phase >> 24], _SIN[phase >> 24]
    np.frombuffer(sums, np.int64)[:] = (
        n, u.sum(), i.sum(), u @ u, i @ i, u @ i, u @ cosine, u @ sine, i @ cosine, i @ sine,
    )  # fmt: skip


def track(u, first, n, mask, half, state):
    """As the definition."""
    for start in range(0, n, _STRIDE):
        taken = _track_stride(u, first + start, min(_STRIDE, n - start), mask, half, state)
        if taken:
            return start + taken
    return 0


half_sums = half_cycles.sums


def shifted(sums, index):
    """As the definition."""
    return sums[index] >> 16


def peak(values, first, n, mask):
    """As the definition."""
    return int(np.abs(_read(values, first, n, mask)).max(initial=0))


def _track_stride(u, first, n, mask, half, state):
    recent = _read(u, first - 2 * half, n + 2 * half, mask)
    y = recent[2 * half :] - 2 * recent[half:-half] + recent[: -2 * half]
    y = state[layout.Y] + np.cumsum(y)
    armed_from = 0 if state[layout.ARMED] else _first(y < -state[layout.HYSTERESIS])
    crossing = armed_from + _first(y[armed_from:] >= 0)
    is_found = crossing < n
    last = crossing if is_found else n - 1
    state[layout.PREVIOUS] = int(y[last - 1]) if last else state[layout.Y]
    state[layout.Y] = int(y[last])
    state[layout.ARMED] = int(armed_from < n and not is_found)
    return crossing + 1 if is_found else 0


def _first(flags):
    """Return the index of the first true flag, or their number if there is none."""
    index = int(flags.argmax()) if len(flags) else 0
    return index if index < len(flags) and flags[index] else len(flags)


def _read(ring, first, n, mask):
    """Return `n` values of a ring of array('h') or array('i') from set `first` on, as int64."""
    values = np.frombuffer(ring, np.dtype(ring.typecode))
    first &= mask
    if first + n <= mask + 1:
        return values[first : first + n].astype(np.int64)
    return values[np.arange(first, first + n) & mask].astype(np.int64)


def _write_codes(codes, u, i, at, mask):
    """Write (U, I) codes, of shape (n, 2) and each 256 times what it is, to a system's rings."""
    _write(u, at, mask, codes[:, 0] >> 8 + layout.U_SHIFT)
    _write(i, at, mask, codes[:, 1] >> 8 + layout.I_SHIFT)


def _write(ring, at, mask, values):
    target = np.frombuffer(ring, np.dtype(ring.typecode))
    at &= mask
    if at + len(values) <= mask + 1:
        target[at : at + len(values)] = values
    else:
        target[np.arange(at, at + len(values)) & mask] = values
