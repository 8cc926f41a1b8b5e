"""Contacts to ground, and the supply's comparator."""


class Contact:
    """A contact between a pin with its pull-up and ground, freed from bounce by its RC.

    pin:       machine.Pin
    is_break:  True for one that connects pin and ground while what it watches is open: without
               a contact, or with its wire cut, that is closed
    """

    def __init__(self, pin, is_break=False):
        self._pin = pin
        self._closed = 1 if is_break else 0

    def is_closed(self):
        """Return whether the contact, or what it watches, is closed.  Hot."""
        return self._pin() == self._closed


class SupplySense:
    """A comparator with an open drain that holds its pin low while the supply is too low.

    pin:   machine.Pin with its pull-up: without a comparator the supply is good
    """

    def __init__(self, pin):
        self._pin = pin
        self._was_failing = False
        # The interrupt itself ends a sleep.  Its handler is not written in Python, for which
        # there may be no room on the stack.
        pin.irq(callable, pin.IRQ_FALLING, hard=True)

    def is_failing(self):
        """Return whether the supply is below its warning level.  Hot."""
        self._was_failing = not self._pin()
        return self._was_failing

    def has_news(self):
        """Return whether it fell below since is_failing() was asked last.  Hot."""
        return not (self._was_failing or self._pin())
