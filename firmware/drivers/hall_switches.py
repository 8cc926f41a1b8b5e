"""Hall switches at several places of the case: a magnet contact that tells where the field is.

The places are numbered as the board hands the switches over.
"""


class HallSwitches:
    """Several contacts, each closed in a magnetic field.

    switches:  objects with is_closed(), at most eight
    """

    def __init__(self, switches):
        self._switches = switches

    def is_closed(self):
        """Return whether one of them sees a field.  Hot."""
        return self.position() != 0

    def position(self):
        """Return where the field is: bit 0 at the first switch, bit 1 at the second.  Hot."""
        found = 0
        for k in range(len(self._switches)):
            if self._switches[k].is_closed():
                found |= 1 << k
        return found
