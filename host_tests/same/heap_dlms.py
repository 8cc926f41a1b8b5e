"""What a DLMS server does in every step of the meter's main loop allocates nothing."""

from meter.views.dlms.closings import Closings
from meter.views.dlms.lockout import Lockouts
from meter.views.dlms.server import Server

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Series:
    depth = 3
    newest = 2

    def search(self, places):
        return True

    def oldest(self):
        return 1

    def read(self, number, payload):
        return False


class Objects:
    """Steps as objects.Objects does."""

    def __init__(self):
        payload = bytearray(240)
        self.billing = Closings(Series(), payload, None, None, True, ())
        self.days = Closings(Series(), payload, None, None, False, ())

    def step(self):
        try:
            if not self.billing.step():
                self.days.step()
        except OSError:
            pass


class Kept:
    data = bytearray(120)
    is_ready = True


class Security:
    keys = None

    @staticmethod
    def lockouts(port):
        return Lockouts(Kept, lambda kept: True, port)


class Device:
    security = Security()
    writing = None
    objects = Objects()
    gcm = lines = None
    item = None

    @staticmethod
    def random(n):
        return bytes(n)


server = Server(Device, 1)
for _ in range(4):
    server.step(20)
lockouts = server.association._lockouts
for client in range(3):
    for _ in range(5):
        lockouts.failed(client)
heap_lock()
for _ in range(2_000):
    server.step(20)
heap_unlock()
print([lockouts.is_open(client) for client in range(3)])
