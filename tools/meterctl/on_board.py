"""Runs the meter on a board under a stop watch, over mpremote, and fetches what it found."""

import json

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from meter.ledger.booking import TOTAL
from meter.registers import obis, table
from meterctl import flash
from meterctl.bench.simulation import ENERGIES

REPORTED = ("overruns", "bad_frames", "events", "phases", "heap_free", "cycles_per_set",
            "check_cycles_per_set", "cpu_share", "worst_step_ms", "view_failures",
            "store_failures", "start_ms", "first_window_ms")  # fmt: skip
_CLOCK_MHZ = 125
_KERNEL_SETS = 256
_TIMES = 15

_BEGIN = """
import time
begun = time.ticks_ms()
"""
# Measures the meter as it is on the board.  Metrology is all that becomes of a sample until it is
# booked: taking sets over, tracking, summing in poll(), quantities and ledger in _book().
_METER = """
import gc, json, time
import main
meter, parts = main.build()
start_ms = time.ticks_diff(time.ticks_ms(), begun)
ticks_us, ticks_diff = time.ticks_us, time.ticks_diff
spent_us = 0
def timed(function):
    def run(*arguments):
        global spent_us
        t = ticks_us()
        found = function(*arguments)
        spent_us += ticks_diff(ticks_us(), t)
        return found
    return run
parts.source.poll = timed(parts.source.poll)
meter._book = timed(meter._book)
sampler = parts.source._sampler
system = parts.watchdog
first = worst = 0
system.elapsed_ms()
while sampler.written < {sets}:
    elapsed_ms = system.elapsed_ms()
    worst = max(worst, elapsed_ms)
    meter.step(elapsed_ms)
    if not first and meter.quantities.f_mhz:
        first = time.ticks_diff(time.ticks_ms(), begun)
    system.sleep()
share = spent_us * 1_000_000_000 // (sampler.written * sampler.set_ns)
meter.finish()
sets = sampler.written
for _ in range(10):
    meter.pulse_task.step()
    system.sleep()
    system.feed()
gc.collect()
free = gc.mem_free()
"""

# The kernel's own share of it: marginal cost of a set, without what a call, a crossing or the end
# of a ring costs once, over the sampler's buffers, which are done with.
_KERNELS = {
    "pico_1ph": """
from array import array
from ports.rp2 import kernel
codes, lut, mask = sampler._codes, sampler._lut, sampler.mask
carry, state, sums = array('i', (0, 0)), array('i', (0, 0, 0, 1 << 28)), array('q', bytes(80))
high, u, low = sampler._high, sampler._u, sampler._low
check_us = 0
def once(n):
    t = ticks_us()
    kernel.decimate(codes, 0, n, lut, carry, high, u, low, 0, mask)
    kernel.track(u, 2 * sampler.half, n, mask, sampler.half, state)
    kernel.peak(high, 0, n, mask)
    kernel.peak(low, 0, n, mask)
    kernel.accumulate(u, low, 0, n, mask, 26818000, sums)
    return ticks_diff(ticks_us(), t)
""",
    "pico_3ph": """
from array import array
from uctypes import addressof
from ports.rp2 import kernel_24 as kernel
from ports.thumb.frames import count_good
words = array('I', (0x810300, 7, 0xfffff9, 0) * {sets})
from drivers.adc_ads131m import crc16
crc = crc16(bytes((0x81, 3, 0, 0, 0, 7, 0xff, 0xff, 0xf9)), 9)
for k in range({sets}):
    words[4 * k + 3] = crc << 8
block = array('I', (addressof(words), 0, 0x810300, crc16(bytes((0x81, 3, 0)), 3) << 8))
u, i = array('h', bytes(2 * {sets})), array('i', bytes(4 * {sets}))
state, sums = array('i', (0, 0, 0, 1 << 28)), array('q', bytes(80))
mask = {sets} - 1
def check(n):
    block[1] = n
    t = ticks_us()
    for _ in range(3):
        assert count_good(block) == n
    return ticks_diff(ticks_us(), t)
check_us = check({sets}) - check(1)
def once(n):
    t = ticks_us()
    for _ in range(3):
        kernel.unpack_words(words, 0, n, 4, u, i, 0, mask)
        kernel.peak(i, 0, n, mask)
        kernel.accumulate(u, i, 0, n, mask, 26818000, sums)
    kernel.track(u, 64, n, mask, 32, state)
    return ticks_diff(ticks_us(), t)
""",
}
# A call takes longer the fuller the heap is; one beside the other they can be compared.
_COST = """
gc.collect()
kernel_us = sorted([once({sets}) - once(1) for _ in range({times})])[{times} // 2]
"""

_REPORT = """
values, found = meter.values, meter.quantities
print(json.dumps(dict(
    sets=sets, start_ms=start_ms, first=first, share=share, worst=worst, free=free,
    kernel_us=kernel_us, check_us=check_us, bad=getattr(sampler, 'bad_frames', []),
    faults=[meter.events.newest(age) for age in range(min(meter.events.total, 16))],
    energies=[values.value(key) for key in {keys}],
    exact=[[str(meter.ledger.scopes[scope].exact_pj(kind)) for kind in range({kinds})]
           for scope in {scopes}],
    overruns=parts.source.overruns, views=meter.view_failures, store=meter.keeper.failures,
    phases=[list(found.u_mv), list(found.i_ma), list(found.p_mw), list(found.q_mvar),
            list(found.s_mva), list(found.pf_permille), [found.f_mhz]])))
"""
_PHASE_KEYS = ("u_v", "i_a", "p_w", "q_var", "s_va", "pf", "f_hz")
KINDS = 6
SCOPES = (0, TOTAL)


def run(port, board, sets):
    """Run the meter of `board` at `port` until it has taken `sets` sets; return what it found.

    Raises TransportError, also if the board raised.
    """
    transport = SerialTransport(port)
    try:
        transport.enter_raw_repl(soft_reset=True, timeout_overall=None)
        keys = [key + phase for phase in (0, 1) for key in ENERGIES]
        _execute(transport, _BEGIN + flash.MOUNT)
        _execute(transport, _METER.format(sets=sets))
        _execute(transport, _KERNELS[board].format(sets=_KERNEL_SETS))
        _execute(transport, _COST.format(sets=_KERNEL_SETS, times=_TIMES))
        report = _REPORT.format(keys=keys, kinds=KINDS, scopes=SCOPES)
        found = json.loads(_execute(transport, report))
    finally:
        transport.close()
    return {
        "sets": found["sets"],
        "registers": {
            obis.short(table.code(key)): value / 10
            for key, value in zip(keys, found["energies"], strict=True)
        },
        "exact_pj": [[int(energy) for energy in scope] for scope in found["exact"]],
        "overruns": found["overruns"],
        "bad_frames": found["bad"],
        "events": found["faults"],
        "phases": [
            {
                key: values[min(k, len(values) - 1)] / 1e3
                for key, values in zip(_PHASE_KEYS, found["phases"], strict=True)
            }
            for k in range(len(found["phases"][0]))
        ],
        "heap_free": found["free"],
        "cycles_per_set": round(found["kernel_us"] * _CLOCK_MHZ / (_KERNEL_SETS - 1), 1),
        "check_cycles_per_set": round(found["check_us"] * _CLOCK_MHZ / (_KERNEL_SETS - 1), 1),
        "cpu_share": found["share"] / 1e6,
        "worst_step_ms": found["worst"],
        "view_failures": found["views"],
        "store_failures": found["store"],
        "start_ms": found["start_ms"],
        "first_window_ms": found["first"],
    }


def _execute(transport, script):
    out, error = transport.exec_raw(script, timeout=None)
    if error:
        raise TransportError(error.decode().strip().splitlines()[-1])
    return out
