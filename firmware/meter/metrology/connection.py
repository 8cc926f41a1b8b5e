"""How the measuring systems are connected to the mains, and what is wrong with it.

Four wires: system k measures the voltage and the current of phase k; with one or two systems
connected it is 1 x 230 V or 2 x 230/400 V.  Three wires (Aron): two elements, U12 with I1 and U32
with I3, whose powers only mean something together; of three systems the middle one is left out.

The voltages of a right connection lie 0, 120 and 240 degrees behind the first one; U32 lies 300
degrees behind U12.  The other way round is the other phase sequence, and a voltage on the opposite
side is one whose conductors are swapped.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.metrology.quantities import Quantities

# Bits of state(); the first three are of L1, L2 and L3 follow.
MISSING = const(0)  # has no voltage, though another one has
REVERSED = const(3)  # its voltage has the wrong sign
DEAD = const(6)  # its converter gives one code and not even noise
BACKWARD = const(9)  # the phase sequence is L1 L3 L2
IRREGULAR = const(10)  # the angles are those of no connection
BITS = const(11)

_MIN_MV = const(10_000)  # of the highest voltage: below there is no mains to judge by
_SEXTANT = const(60_000)  # mdeg


def elements(systems: int, is_three_wire: bool) -> "tuple[int, ...]":
    """Return the indices of the systems that measure, of 1..3 that are there."""
    if is_three_wire and systems > 1:
        return 0, systems - 1
    return tuple(range(systems))


def state(quantities: "Quantities") -> int:
    """Return what is wrong, as bits; 0 if nothing is."""
    u_mv = quantities.u_mv
    is_three_wire = quantities.is_three_wire
    measuring = elements(quantities.systems, is_three_wire)
    found = 0
    highest = max(u_mv)
    reference = -1  # place of the first system that has a voltage
    flipped = 0  # places of those on the opposite side of it
    others = 0
    directions = 0
    for place in range(len(measuring)):
        k = measuring[place]
        if quantities.is_dead[k]:
            found |= 1 << DEAD + k
        elif highest < _MIN_MV:
            continue
        elif 2 * u_mv[k] < highest:
            found |= 1 << MISSING + k
        elif reference < 0:
            reference = place
        else:
            forward = (place - reference) * (5 if is_three_wire else 2) % 6
            at = (quantities.u_angle_mdeg[k] + _SEXTANT // 2) // _SEXTANT % 6
            others |= 1 << k
            if at not in (forward, 6 - forward):
                flipped |= 1 << k
                at = (at + 3) % 6
            if at not in (forward, 6 - forward):
                return found | 1 << IRREGULAR
            directions |= 1 if at == forward else 2
    if directions == 3:
        return found | 1 << IRREGULAR
    if flipped == others and others & others - 1:  # both: it is the first that is reversed
        flipped = 1 << measuring[reference]
    return found | flipped << REVERSED | (directions >> 1) << BACKWARD
