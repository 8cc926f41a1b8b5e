"""What is connected to the meter: the bench's --load, --harmonics, --voltage and --frequency.

    --load       L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A     negative = export; no PF means 1
    --harmonics  5:10%/40%,7:5%/20%                    order : percent of U / percent of I
    --connection four-wire, three-wire or aron         three-wire loads are L12, L23 and L31
    --wiring     L2=reversed,L3=off,sequence=132       what is connected wrong

The voltage and the currents given are the rms values of the fundamental; harmonics come on top.
Every error is a ValueError of one line that names the argument and what is accepted.
"""

import re
from dataclasses import dataclass
from math import sqrt

MAX_CURRENT_A = 200
MAX_VOLTAGE_V = 300
MIN_FREQUENCY_HZ, MAX_FREQUENCY_HZ = 45, 66  # 50 Hz - 10 % ... 60 Hz + 10 %
MIN_ORDER, MAX_ORDER = 2, 25  # 25 * 66 Hz stays below half of 4 kS/s

_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_SIGNED = re.compile(rf"[+-]?{_NUMBER}")
_CURRENT = re.compile(rf"(L[0-9]+)=([+-]?{_NUMBER})A(?:@({_NUMBER})(ind|cap)?)?")
_WIRING = re.compile(r"(L[1-3])=(off|dead|reversed)|(sequence)=(123|132)")
_BETWEEN = ("L12", "L23", "L31")
FOUR_WIRE = "four-wire"
THREE_WIRE = "three-wire"  # a four-wire meter on three wires, its star point their mean
ARON = "aron"
CONNECTIONS = (FOUR_WIRE, ARON, THREE_WIRE)
_HARMONIC = re.compile(rf"([0-9]{{1,3}}):({_NUMBER})%/({_NUMBER})%")


@dataclass(frozen=True)
class PhaseLoad:
    """Current of one phase: rms of the fundamental in A (negative = export), cos and sin of phi.

    sin > 0 is inductive.  Export turns the current by 180 degrees, so that an inductive export
    lies in quadrant III and a capacitive one in quadrant II.
    """

    i_a: float = 0.0
    cos: float = 1.0
    sin: float = 0.0


@dataclass(frozen=True)
class Harmonic:
    """One harmonic of every phase: order 2..25, shares of the fundamental (0.1 = 10 %)."""

    order: int
    u: float
    i: float


@dataclass(frozen=True)
class Load:
    """A stationary load on one to three phases of a symmetrical mains; see Load.parse.

    phases:      of L1, L2, L3; on three wires between L1 and L2, L2 and L3, L3 and L1
    u_v:         between a phase and neutral; on three wires between two phases
    connection:  one of CONNECTIONS
    faults:      (system 0..2, "off": no voltage, no current; "dead": not even noise; "reversed")
    is_backward: the phase sequence is L1 L3 L2
    """

    phases: tuple[PhaseLoad, ...]
    u_v: float = 230.0
    f_mhz: int = 50_000
    harmonics: tuple[Harmonic, ...] = ()
    connection: str = FOUR_WIRE
    faults: tuple[tuple[int, str], ...] = ()
    is_backward: bool = False

    @classmethod
    def parse(  # noqa: PLR0913, PLR0917  the bench's arguments
        cls,
        load,
        harmonics="",
        voltage="230",
        frequency="50",
        systems=3,
        connection=FOUR_WIRE,
        wiring="",
    ):
        """Return the Load of the bench's arguments, all texts; `systems` is 1..3."""
        u_v = _within("--voltage", voltage, 0, MAX_VOLTAGE_V, "V")
        f_hz = _within("--frequency", frequency, MIN_FREQUENCY_HZ, MAX_FREQUENCY_HZ, "Hz")
        is_between = connection != FOUR_WIRE
        if is_between and systems != len(_BETWEEN):
            raise ValueError(f"--connection {connection} takes 3 systems, not {systems}")
        phases = parse_currents(load, systems, is_between)
        faults, is_backward = parse_wiring(wiring, systems)
        found = parse_harmonics(harmonics)
        return cls(phases, u_v, round(f_hz * 1000), found, connection, faults, is_backward)


def parse_currents(text, systems=3, is_between=False):
    """Return the PhaseLoad of each system; a phase that `text` does not name carries none.

    is_between:  the loads lie between the phases: L12, L23, L31
    """
    names = _BETWEEN if is_between else [f"L{number}" for number in range(1, systems + 1)]
    accepted = (
        f"--load takes PHASE=CURRENTA or PHASE=CURRENTA@PF for any of {' '.join(names)}, "
        f"comma separated: -{MAX_CURRENT_A}..{MAX_CURRENT_A} A (negative = export), "
        f"PF 1 or 0..1 with ind or cap, such as {names[0]}=10A@0.5ind"
    )
    phases = {}
    for item in text.split(","):
        match = _CURRENT.fullmatch(item.strip())
        if match is None:
            raise _refused(item, accepted)
        name, current, pf, kind = match.groups()
        i_a, cos = float(current), float(pf or 1)
        if name not in names or abs(i_a) > MAX_CURRENT_A or cos > 1 or (cos < 1 and not kind):
            raise _refused(item, accepted)
        if name in phases:
            raise _refused(item, f"--load names {name} twice; each phase is given once")
        sin = sqrt(1 - cos * cos)
        phases[name] = PhaseLoad(i_a, cos, -sin if kind == "cap" else sin)
    return tuple(phases.get(name, PhaseLoad()) for name in names)


def parse_harmonics(text):
    """Return the harmonics of `text` as a tuple; an empty text means none."""
    accepted = (
        "--harmonics takes ORDER:U%/I%, comma separated: "
        f"order {MIN_ORDER}..{MAX_ORDER} once each, 0..100 % of the fundamental, such as 5:10%/40%"
    )
    harmonics = {}
    for item in text.split(",") if text.strip() else ():
        match = _HARMONIC.fullmatch(item.strip())
        if match is None:
            raise _refused(item, accepted)
        order, u, i = int(match[1]), float(match[2]) / 100, float(match[3]) / 100
        if not MIN_ORDER <= order <= MAX_ORDER or order in harmonics or max(u, i) > 1:
            raise _refused(item, accepted)
        harmonics[order] = Harmonic(order, u, i)
    return tuple(harmonics.values())


def parse_wiring(text, systems):
    """Return what is connected wrong: (faults, is_backward) of a Load."""
    accepted = "--wiring takes L1..L3=off, dead or reversed, and sequence=132, comma separated"
    faults, is_backward = {}, False
    for item in text.split(",") if text.strip() else ():
        match = _WIRING.fullmatch(item.strip())
        if match is None:
            raise _refused(item, accepted)
        name, fault, _, sequence = match.groups()
        if name is None:
            is_backward = sequence == "132"
        elif int(name[1]) > systems or name in faults:
            raise _refused(item, f"{accepted}, each system that is there once")
        else:
            faults[name] = fault
    return tuple((int(name[1]) - 1, fault) for name, fault in faults.items()), is_backward


def _within(argument, text, low, high, unit):
    match = _SIGNED.fullmatch(str(text).strip())
    if match is None or not low <= float(match[0]) <= high:
        raise ValueError(f"{argument} takes {low}..{high} {unit}, not {str(text)[:40]!r}")
    return float(match[0])


def _refused(item, accepted):
    return ValueError(f"{accepted}; not {item[:40]!r}")
