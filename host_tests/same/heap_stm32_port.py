"""The interrupts of the STM32's frame port and of its pulse output do not allocate."""

import sys
from array import array

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Addresses:
    """In place of uctypes: an address is a number that is the same everywhere."""

    @staticmethod
    def addressof(values):
        return 4 * len(values)


class Machine:
    """In place of machine."""

    mem16 = {}


CONTROLLER = 0x4000_0000
sys.modules["uctypes"] = Addresses
sys.modules["machine"] = Machine
Machine.mem16[CONTROLLER] = Machine.mem16[CONTROLLER + 4] = 0
from ports.stm32.frame_port import FramePort  # noqa: E402  after its modules are there
from ports.stm32.pulse_output import PulseOutput  # noqa: E402


class Pin:
    """Counts how often it is driven, keeps its interrupt's handler."""

    IRQ_FALLING = 1

    def __init__(self):
        self.n = 0
        self.handler = None

    def __call__(self, level):
        self.n += level + 1

    def gpio(self):
        return CONTROLLER + 64

    def pin(self):
        return 5

    def irq(self, handler, trigger=None, hard=False):
        self.handler = handler


class Timer:
    """Keeps its callback."""

    def callback(self, function):
        self.function = function


def exchange(block):
    """Count a frame, as the machine code does, which is not allowed to allocate in itself."""
    block[3] = block[3] + 1 & block[5]


def synchronise():
    """Do nothing."""


selects = [Pin() for _ in range(3)]
drdys = [Pin() for _ in range(3)]
port = FramePort(CONTROLLER, selects, drdys, exchange, 64)
port.start(synchronise)
led, s0 = Pin(), Pin()
timer = Timer()
pulses = PulseOutput(led, s0, timer, 30)
words = array("I", [201, 0, 10_001, 333])
taken = count = 0

for turn in range(200):
    handler = drdys[0].handler
    heap_lock()
    handler(drdys[0])
    count = port.position()
    taken = pulses.write(words, 0, 4)
    for _ in range(80):
        timer.function(timer)
    heap_unlock()
    print(turn, count, taken, led.n, s0.n)
