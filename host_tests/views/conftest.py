"""A reader with known values, and a mode A line whose time is a number."""

import pytest

from meter import requests
from meter.registers import table
from meter.registers.lists import Lists
from meter.registers.status import TEST_MODE
from meter.views.display import Display
from meter.views.mode_a import ModeA

READ_OUT = (
    b"/KAM 68438BC450000\r\n"
    b"\x02"
    b"0.0.0(14410000)\r\n"
    b"1.8.0(0036886*kWh)\r\n"
    b"2.8.0(0000012*kWh)\r\n"
    b"3.8.0(0004711*kvarh)\r\n"
    b"4.8.0(0000000*kvarh)\r\n"
    b"5.8.0(0004000*kvarh)\r\n"
    b"6.8.0(0000711*kvarh)\r\n"
    b"7.8.0(0000000*kvarh)\r\n"
    b"8.8.0(0000000*kvarh)\r\n"
    b"96.8.0(0119899*h)\r\n"
    b"F.F(00000101)\r\n"
    b"1.7.0(1.078*kW)\r\n"
    b"2.7.0(0.000*kW)\r\n"
    b"3.7.0(0.000*kvar)\r\n"
    b"4.7.0(0.250*kvar)\r\n"
    b"32.7.0(230.1*V)\r\n"
    b"52.7.0(231.0*V)\r\n"
    b"72.7.0(229.9*V)\r\n"
    b"31.7.0(4.70*A)\r\n"
    b"51.7.0(0.02*A)\r\n"
    b"71.7.0(0.00*A)\r\n"
    b"14.7.0(50.01*Hz)\r\n"
    b"0.2.0(1.2.3)\r\n"
    b"1.8.1(0030000*kWh)\r\n"
    b"1.8.2(0006886*kWh)\r\n"
    b"1.6.0(12.346*kW)(2611241130)\r\n"
    b"0.1.0(0000036)(2611010000)\r\n"
    b"82.8.0(0000123*m3)\r\n"
    b"0.9.2(26.11.24)\r\n"
    b"0.9.1(12.34.56)\r\n"
    b"96.60.10(31BJ4B3)\r\n"
    b"0.2.8(0BADCAFE)\r\n"
    b"!\r\n"
    b"\x03"
)


class Readings:
    """A reader of fixed values; it refuses a key that the table does not have."""

    def __init__(self):
        self.of = {
            table.SERIAL_NUMBER: 14410000,
            table.ACTIVE_IMPORT: 368_868_759,
            table.ACTIVE_EXPORT: 129_999,
            table.REACTIVE_IMPORT: 47_114_000,
            table.REACTIVE_QI: 40_000_000,
            table.REACTIVE_QII: 7_114_000,
            table.OPERATING_TIME: 119_899,
            table.ERRORS: 0b101,
            table.ACTIVE_POWER_IMPORT: 1_077_500,
            table.ACTIVE_POWER: 1_077_500,
            table.REACTIVE_POWER_EXPORT: 250_000,
            table.VOLTAGE + 1: 230_149,
            table.VOLTAGE + 2: 230_950,
            table.VOLTAGE + 3: 229_850,
            table.CURRENT + 1: 4_700,
            table.CURRENT + 2: 20,
            table.FREQUENCY: 50_012,
            table.TARIFF: 1,
            table.FIRMWARE: 10_203,
            table.ACTIVE_IMPORT_T1: 300_000_000,
            table.ACTIVE_IMPORT_T1 + 1: 68_868_759,
            table.MAX_DEMAND: 12_346,
            table.MAX_DEMAND_DATE: 848_835_000,
            table.MAX_DEMAND_HOUR: 848_835_000,
            table.BILLING_PERIODS: 36,
            table.BILLING_DATE: 846_806_400,
            table.PULSE_INPUT + 2: 123_999,
            table.DATE: 848_838_896,
            table.TIME: 848_838_896,
            table.ORDER_NUMBER: 6_610_181_007,
            table.CHECKSUM: 0x0BADCAFE,
        }
        self.systems = 3

    def keys(self, view):
        """As a meter of two tariffs with a few of the newer values."""
        found = table.keys(view, self.systems)
        return tuple(key for key in found if key <= table.FIRMWARE or key in self.of)

    def value(self, key):
        if not table.views(key):
            raise KeyError(f"the table has no key {key}")
        return self.of.get(key, 0)


class Chosen:
    """Lists that are what a test says."""

    def __init__(self, automatic=(), manual=(), battery=(), read_out=()):
        self.items = [automatic, manual, battery, read_out]


def display_of(readings, systems=3, items=None, manual=None, battery=(), history=None, **settings):
    """Return a Display, without `items` with the usual lists; SHOW_TEST sets a reading."""
    readings.systems = systems
    lists = Lists(readings)
    if items is not None:
        lists = Chosen(items, manual or items, battery)
    asked = requests.Requests()
    asked.is_open = True
    readings.test_modes = []

    def show_test(which, source):
        assert source == requests.BUTTON
        readings.test_modes.append(which)
        readings.of[table.STATUS] = TEST_MODE if which else 0
        return 0

    asked.serve(requests.SHOW_TEST, show_test)
    return Display(readings, systems, lists, asked, history, **settings)


class Line:
    """The reader's end of a line to a ModeA; time passes in steps of 10 ms."""

    STEP_MS = 10

    def __init__(self, view, chunk=16):
        self.view = view
        self._chunk = bytearray(chunk)

    def send(self, data, gap_ms=0):
        """Send `data`: at once, or byte by byte with a silence of `gap_ms` after each."""
        if not gap_ms:
            self.view.feed(data, len(data))
            self.view.step(self.STEP_MS)
            return
        for byte in data:
            self.view.feed(bytes((byte,)), 1)
            self.view.step(self.STEP_MS)
            self.listen(gap_ms)

    def listen(self, for_ms=3_000):
        """Return what comes within `for_ms`."""
        heard = bytearray()
        for _ in range(for_ms // self.STEP_MS):
            self.view.step(self.STEP_MS)
            n = self.view.take_output(self._chunk)
            heard += self._chunk[:n]
        return bytes(heard)

    def ask(self, request=b"/?!\r\n"):
        """Return the whole answer to `request`, b"" for none."""
        self.send(request)
        return self.listen()


def with_bcc(message):
    """Return `message` with the exclusive or of all that follows its STX."""
    bcc = 0
    for byte in message[message.index(b"\x02") + 1 :]:
        bcc ^= byte
    return message + bytes((bcc,))


@pytest.fixture
def readings():
    return Readings()


@pytest.fixture
def read_out():
    """The whole answer to a request, for `readings` on three systems."""
    return with_bcc(READ_OUT)


@pytest.fixture
def new_line(readings):
    """Make a line to a meter with address 14410000, which reads out all it has without `lists`."""

    def make(systems=3, chunk=16, lists=None, **settings):
        settings = {"address": "14410000", "manufacturer": "KAM"} | settings
        settings.setdefault("type_code", "68438BC450000")
        readings.systems = systems
        lists = lists or Chosen(read_out=readings.keys(table.MODEA))
        return Line(ModeA(readings, lists, **settings), chunk)

    return make
