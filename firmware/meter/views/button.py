"""The push button: short, long and extra long, whatever its contact does meanwhile."""

from micropython import const

NONE = const(0)
SHORT = const(1)
LONG = const(2)
EXTRA_LONG = const(3)

_REST_MS = const(20)  # a contact is believed when it has rested for so long
LONG_MS = const(1_000)
EXTRA_LONG_MS = const(3_000)
HELD_MS = const(5_000)  # and longer is for the breaker, not for the display


class PushButton:
    """Tells what a push was when it is over."""

    def __init__(self) -> None:
        self._was_closed = False
        self._still_ms = 0
        self._held_ms = 0

    def step(self, is_closed: bool, elapsed_ms: int) -> int:
        """Take the contact `elapsed_ms` after the last call; return what has been pushed.  Hot."""
        if is_closed != self._was_closed:
            self._was_closed = is_closed
            self._still_ms = 0
            if self._held_ms:
                self._held_ms += elapsed_ms
            return NONE
        self._still_ms += elapsed_ms
        if self._still_ms < _REST_MS:
            return NONE
        if is_closed:
            self._held_ms += elapsed_ms
            return NONE
        held_ms = self._held_ms
        self._held_ms = 0
        if held_ms == 0 or held_ms >= HELD_MS:
            return NONE
        if held_ms >= EXTRA_LONG_MS:
            return EXTRA_LONG
        return SHORT if held_ms < LONG_MS else LONG
