"""Disconnect control against the table of its modes, for every state, medium and wish."""

import pytest

from meter.control import disconnector
from meter.control.disconnector import CONNECTED, DISCONNECTED, LOCAL, MANUAL, READY, REMOTE
from meter.registers import events

# facts: mode -> letters of (disconnect remote, manual, local), (reconnect remote, manual, local)
MODES = {
    0: (("", "", ""), ("", "", "")),
    1: (("bc", "f", "g"), ("d", "e", "")),
    2: (("bc", "f", "g"), ("a", "e", "")),
    3: (("bc", "", "g"), ("d", "e", "")),
    4: (("bc", "", "g"), ("a", "e", "")),
    5: (("bc", "f", "g"), ("d", "e", "h")),
    6: (("bc", "", "g"), ("d", "e", "h")),
}
# facts: letter -> (from, to)
ARROWS = {
    "a": (DISCONNECTED, CONNECTED),
    "b": (CONNECTED, DISCONNECTED),
    "c": (READY, DISCONNECTED),
    "d": (DISCONNECTED, READY),
    "e": (READY, CONNECTED),
    "f": (CONNECTED, READY),
    "g": (CONNECTED, READY),
    "h": (READY, CONNECTED),
}
EVENTS = {"a": 63, "b": 62, "c": 62, "d": events.RELEASED, "e": 61, "f": 60, "g": 64, "h": 69}
EVERY = [
    (mode, state, medium, connect)
    for mode in range(7)
    for state in (DISCONNECTED, CONNECTED, READY)
    for medium in (REMOTE, MANUAL, LOCAL)
    for connect in (False, True)
]


def expected(mode, state, medium, connect):
    letters = MODES[mode][connect][medium]
    return "".join(letter for letter in letters if ARROWS[letter][0] == state)


@pytest.mark.parametrize(("mode", "state", "medium", "connect"), EVERY)
def test_a_wish_sets_off_the_transition_of_the_table_or_none(mode, state, medium, connect):
    assert disconnector.transition(mode, state, medium, connect) == expected(
        mode, state, medium, connect
    )


def test_every_letter_of_every_mode_can_be_reached():
    reached = {(mode, disconnector.transition(mode, *rest)) for mode, *rest in EVERY}
    assert {pair for pair in reached if pair[1]} == {
        (mode, letter)
        for mode, halves in MODES.items()
        for half in halves
        for letters in half
        for letter in letters
    }


@pytest.mark.parametrize("letter", ARROWS)
def test_a_transition_leads_where_its_letter_says_and_is_logged_so(letter):
    assert disconnector.target(letter) == ARROWS[letter][1]
    assert disconnector.event(letter) == EVENTS[letter]
    assert disconnector.moves(letter) == (letter not in "cd")
