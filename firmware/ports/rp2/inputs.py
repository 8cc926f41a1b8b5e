"""Contacts to ground, and the supply's comparator."""


class Contact:
    """A contact between a pin with its pull-up and ground, freed from bounce by its RC.

    pin:  machine.Pin
    """

    def __init__(self, pin):
        self._pin = pin

    def is_closed(self):
        """Return whether the contact is closed.  Hot."""
        return not self._pin()


class SupplySense:
    """A comparator with an open drain that holds its pin low while the supply is too low.

    pin:   machine.Pin with its pull-up: without a comparator the supply is good
    wake:  callable(pin) that may run in a hard interrupt and ends the processor's sleep
    """

    def __init__(self, pin, wake):
        self._pin = pin
        pin.irq(wake, pin.IRQ_FALLING, hard=True)

    def is_failing(self):
        """Return whether the supply is below its warning level.  Hot."""
        return not self._pin()
