"""The status register: what holds at this moment; the error register says what ever happened."""

from micropython import const

CLOCK_INVALID = const(1)  # bit 0, the rightmost on the display
SEAL_OPEN = const(2)
COVER_OPEN = const(4)
MAGNETIC_FIELD = const(8)
DISCONNECTED = const(16)
LIMITER_ACTIVE = const(32)
TARIFF_COMMANDED = const(64)
TEST_MODE = const(128)


class Status:
    """Eight bits."""

    def __init__(self) -> None:
        self.bits = 0

    def put(self, bit: int, is_on: bool) -> None:
        """Set or clear `bit`, one of those above.  Hot."""
        self.bits = self.bits | bit if is_on else self.bits & ~bit
