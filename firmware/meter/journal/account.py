"""The wear account of a ring: how often it may be written, so that it lasts for 20 years.

Opened with a sixty-fourth of the ring's endurance; the rest is paid in evenly over the operating
time. Spent is what the ring has ever written, its sequence number: the account needs no memory.
"""

from micropython import const

_LIFE_MS = 20 * 31_557_600 * 1000
_OPENING = const(64)  # one part of so many is there from the beginning


class Account:
    """The account of `pages` pages that take `endurance` writes each.

    write_ms:  operating time that pays for one write, ms
    opening:   writes that are there from the beginning
    """

    def __init__(self, pages: int, endurance: int) -> None:
        capacity = pages * endurance
        self.opening = capacity // _OPENING
        self.write_ms = -(-_LIFE_MS // (capacity - self.opening))

    def is_covered(self, writes: int, operating_s: int) -> bool:
        """Return whether one more write after `writes` is paid in after `operating_s`."""
        return (writes - self.opening) * self.write_ms < operating_s * 1000
