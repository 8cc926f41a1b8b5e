"""Contacts to ground."""


class Contact:
    """A contact between a pin with its pull-up and ground, freed from bounce by its RC.

    pin:  machine.Pin
    """

    def __init__(self, pin):
        self._pin = pin

    def is_closed(self):
        """Return whether the contact is closed.  Hot."""
        return not self._pin()
