"""Octets pass between a line and its protocol without allocating, in a step and in its middle."""

from meter.tasks import Attendant, PortTask

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Uart:
    """Has `left` octets to read and takes ten at a time."""

    def __init__(self):
        self.left = 0
        self.taken = 0

    def read_into(self, buf):
        n = min(self.left, len(buf))
        self.left -= n
        return n

    def write(self, buf, first, n):
        n = min(n, 10)
        self.taken += n
        return n


class Protocol:
    """Answers each octet with itself; counts steps."""

    def __init__(self):
        self.heard = self.waiting = self.steps = 0

    def feed(self, buf, n):
        self.heard += n
        self.waiting += n

    def step(self, elapsed_ms):
        self.steps += 1

    def take_output(self, buf):
        n = min(self.waiting, len(buf))
        self.waiting -= n
        return n


def main():
    """Let 100 octets pass in a step, and 70 more in the middle of one."""
    uart, protocol = Uart(), Protocol()
    task = PortTask(protocol, uart)
    attendant = Attendant()
    attendant.ports.append(task)
    for octets, act in ((100, task.step), (70, attendant.step), (0, attendant.window)):
        uart.left = octets
        heap_lock()
        try:
            act(10)
        finally:
            heap_unlock()
        print(protocol.heard, protocol.steps, uart.taken)


main()
