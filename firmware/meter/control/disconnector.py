"""Disconnect control (COSEM class 70): which wish leads where, in each of its seven modes.

Wishes come by one of three media: remote is a command, manual the push button, local what the
meter itself decides.  Source of the modes: the interface class as Gurux' ControlMode has it; the
meaning of the letters is not confirmed by the standard's text.
"""

from micropython import const

from meter.registers import events

# Control states.
DISCONNECTED = const(0)
CONNECTED = const(1)
READY = const(2)  # for reconnection: disconnected, and the button may connect

# Media.
REMOTE = const(0)
MANUAL = const(1)
LOCAL = const(2)

MODES = const(7)
IMPOSSIBLE = ""

# letter, from, to, medium, event
_TRANSITIONS = (
    ("a", DISCONNECTED, CONNECTED, REMOTE, events.CONNECTED_REMOTELY),
    ("b", CONNECTED, DISCONNECTED, REMOTE, events.DISCONNECTED_REMOTELY),
    ("c", READY, DISCONNECTED, REMOTE, events.DISCONNECTED_REMOTELY),
    ("d", DISCONNECTED, READY, REMOTE, events.RELEASED),
    ("e", READY, CONNECTED, MANUAL, events.CONNECTED_MANUALLY),
    ("f", CONNECTED, READY, MANUAL, events.DISCONNECTED_MANUALLY),
    ("g", CONNECTED, READY, LOCAL, events.DISCONNECTED_LOCALLY),
    ("h", READY, CONNECTED, LOCAL, events.CONNECTED_LOCALLY),
)

# The transitions of each mode; in mode 0 it is always connected.
_LETTERS = ("", "bcfgde", "bcfgae", "bcgde", "bcgae", "bcfgdeh", "bcgdeh")


def transition(mode: int, state: int, medium: int, connect: bool) -> str:
    """Return the letter of the transition that a wish sets off, or IMPOSSIBLE.

    mode: 0..6; state: a control state; medium: REMOTE, MANUAL or LOCAL; connect: what is wished
    """
    for letter, source, target, by, _ in _TRANSITIONS:
        is_up = target != DISCONNECTED if source == DISCONNECTED else target == CONNECTED
        if source == state and by == medium and is_up == connect and letter in _LETTERS[mode]:
            return letter
    return IMPOSSIBLE


def target(letter: str) -> int:
    """Return the control state that transition `letter` leads to."""
    return _TRANSITIONS[ord(letter) - ord("a")][2]


def moves(letter: str) -> bool:
    """Return whether transition `letter` moves the breaker: c and d do not."""
    _, source, reached, _, _ = _TRANSITIONS[ord(letter) - ord("a")]
    return CONNECTED in (source, reached)


def event(letter: str) -> int:
    """Return the number of the event that logs transition `letter`."""
    return _TRANSITIONS[ord(letter) - ord("a")][4]
