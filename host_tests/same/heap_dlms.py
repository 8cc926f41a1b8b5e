"""What a DLMS server does in every step of the meter's main loop allocates nothing."""

from meter.views.dlms.association import Association
from meter.views.dlms.histories import Closings
from meter.views.dlms.server import Server

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Cipher:
    def __init__(self, *_):
        pass

    def set_key(self, key):
        pass


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
        self.billing = Closings(Series(), None, True, ())
        self.days = Closings(Series(), None, False, ())

    def step(self):
        try:
            if not self.billing.step():
                self.days.step()
        except OSError:
            pass


class Security:
    keys = None


class Writing:
    def login_failed(self, sap):
        pass


class Device:
    security = Security()
    writing = Writing()
    objects = Objects()
    new_gcm = Cipher

    @staticmethod
    def random(n):
        return bytes(n)


server = Server(Device, 1)
for _ in range(4):
    server.step(20)
for lockout in server.association._lockouts:
    for _ in range(5):
        lockout.failed()
heap_lock()
for _ in range(2_000):
    server.step(20)
heap_unlock()
print([lockout.is_open() for lockout in server.association._lockouts], Association is not None)
