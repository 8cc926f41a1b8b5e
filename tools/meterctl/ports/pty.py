"""A UART's far end as a pseudo-terminal: any serial program opens it by its path."""

import os
import select
import tty

_CHUNK = 4096


class PtyEnd:
    """A pseudo-terminal in raw mode; programs may open and close it as often as they like.

    What the meter sends while nobody has it open is lost, as on a line.
    """

    def __init__(self):
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.place = os.ttyname(self._slave)
        # Only with our own end closed does the master see whether another program has it open.
        os.close(self._slave)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLIN)
        self.is_used = False

    @property
    def state(self):
        """Whether a program has it open, as a text."""
        return "open" if self.is_used else "free"

    def readers(self):
        """Return the descriptors worth waiting for: none while nobody could write."""
        return [self._master] if self.is_used else []

    def has_changed(self):
        """Look whether a program has it open; True if one has just opened it."""
        was_used = self.is_used
        self.is_used = not any(event & select.POLLHUP for _, event in self._poll.poll(0))
        return self.is_used and not was_used

    def receive(self):
        """Return what the program has sent, b"" if nothing."""
        try:
            return os.read(self._master, _CHUNK)
        except OSError:  # EAGAIN: nothing; EIO: nobody has it open
            return b""

    def send(self, data):
        """Send `data`; a program that does not read loses it."""
        if not self.is_used or not data:
            return
        try:
            os.write(self._master, data)
        except OSError:
            return

    def close(self):
        """Take the pseudo-terminal away."""
        os.close(self._master)
