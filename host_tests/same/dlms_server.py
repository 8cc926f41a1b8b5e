"""Sessions of a DLMS server on CPython and on MicroPython: the same answers, byte for byte.

The cipher is a stand-in that both interpreters can do; what is compared is everything around it.
"""

from meter.calendar.clock import Clock
from meter.calendar.tariff_plan import TariffPlan
from meter.calendar.tariff_source import TariffSource
from meter.config import Settings
from meter.journal.keeper import Keeper
from meter.ledger.booking import Ledger
from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration
from meter.registers.billed import Billed
from meter.registers.lists import Lists
from meter.registers.status import Status
from meter.registers.values import Values
from meter.requests import KINDS, OPTICAL, Requests
from meter.views.dlms.device import Device
from meter.views.dlms.gcm import Gcm
from meter.views.dlms.hdlc import LATER, Link
from meter.views.dlms.lines import Lines
from meter.views.dlms.objects import Objects
from meter.views.dlms.security import Security
from meter.views.dlms.server import Server
from meter.views.dlms.writing import Writing

START_S = 846_244_800


class Ram:
    """A store without a chip."""

    page = 128
    size = 65_536
    endurance = 1_000_000

    def __init__(self):
        self.cells = bytearray(self.size)

    def read_into(self, start, buf):
        buf[:] = self.cells[start : start + len(buf)]

    def write_page(self, start, data):
        self.cells[start : start + len(data)] = data


class Chip:
    def now_s(self):
        return START_S

    def is_valid(self):
        return True

    def set_s(self, seconds):
        print("clock", seconds)

    def read_aging(self):
        return -3

    def set_aging(self, trim):
        print("trim", trim)


class Cipher:
    """Not AES."""

    def __init__(self, key):
        self.key = key

    def encrypt(self, blocks):
        return bytes([(byte * 7 + self.key[k % 16] + k) & 0xFF for k, byte in enumerate(blocks)])

    decrypt = encrypt


class Quantities:
    systems = 3
    is_three_wire = False
    cycles, breaks = 1234, 5
    u_mv = [230_123] * 3
    i_ma = [10_004] * 3
    p_mw = [2_300_111, -500_000, 0]
    q_mvar = [1_000, 0, 0]
    s_mva = [2_301_000] * 3
    pf_permille = [999, -1000, 0]
    f_mhz = 50_010
    cycles, breaks = 1234, 5
    p_total_mw = 1_800_111
    q_total_mvar = 1_000
    s_total_mva = 6_903_000
    pf_total_permille = 260
    u_angle_mdeg = [0, 120_012, 240_024]


settings = Settings(serial="12345678")
ledger = Ledger(0, 2300)
clock = Clock(Chip())
keeper = Keeper(Ram(), None, ledger, clock.now_s)
keeper.recover()
while keeper._step():
    pass
for step in range(30):
    keeper.profile.tick(START_S + 900 * step, ledger.total, 0)
    while keeper.profile.step(2):
        pass
    for kind in range(6):
        ledger.total.counts_cwh[kind] += 12_345_678 * (kind + 1) % 100_000
billed = Billed(settings)
values = Values(ledger, Quantities(), keeper.events, settings, billed, clock, Status(), 0xBEEF)
requests = Requests()
requests.is_open = True
for kind in range(KINDS):
    requests.serve(kind, lambda value, port: print("request", value, port) or 0)
tariffs = TariffSource(1, 8, billed.zone)
tariffs.active = TariffPlan(
    ((3, 1), (10, 1)), [[(0, 1), (360, 2), (1320, 1)]] * 6, ((0, 12, 25), (2027, 5, 1))
)
security = Security(keeper.invocation, keeper.keep, "KAM", "12345678", None)


class Limiter:
    key = 60
    active = normal = 5_000
    emergency = min_over_s = min_under_s = 60
    profile_id = activation_s = duration_s = 0
    groups = (1, 7)
    over_action, under_action = 1, 2
    is_emergency = False


class Breaker:
    state, mode = 1, 4

    def is_connected(self):
        return True


class ControlSettings:
    basis = 3
    warning_wh = 10_000

    def text(self):
        return "basis=3,warning_wh=10000"


class Credit:
    end_cwh = 50_000_000
    number = 7


class Control:
    settings = ControlSettings()
    prepayment = Credit()
    limiter = Limiter()
    breaker = Breaker()

    def count_cwh(self):
        return 12_345_678


calibration = Calibration([SystemCalibration(1, [RangeCalibration(1)])])

objects = Objects(
    values,
    clock,
    keeper,
    billed,
    settings,
    tariffs,
    security,
    Control(),
    Lists(values),
    calibration.pack,
)
writing = Writing(objects, requests, Cipher)
device = Device(objects, writing, Gcm(Cipher), Lines(), lambda n: bytes(range(n)))
server = Server(device, OPTICAL)
server.lie_on(Link(server), 5)
answer = bytearray(640)


def send(apdu, is_shown=True):
    apdu = bytearray(apdu)
    n = server.handle(apdu, len(apdu), answer)
    while n == LATER:
        n = server.handle(apdu, LATER, answer)
    if is_shown:
        print(n, bytes(answer[:n]))
    return bytes(answer[:n])


def name(*numbers):
    return bytes(numbers)


AARQ = b"\x60\x1d\xa1\x09\x06\x07\x60\x85\x74\x05\x08\x01\x01"
INITIATE = b"\xbe\x10\x04\x0e\x01\x00\x00\x00\x06\x5f\x1f\x04\x00\x40\x1e\x5d"
LLS = (
    b"\x60\x36\xa1\x09\x06\x07\x60\x85\x74\x05\x08\x01\x01\x8a\x02\x07\x80"
    b"\x8b\x07\x60\x85\x74\x05\x08\x02\x01\xac\x0a\x80\x0812345678"
)


def read_all(client):
    """Read every attribute of every object that the client sees."""
    catalogue = objects.catalogue
    for index in range(catalogue.count):
        class_id = catalogue.class_id(index)
        for attribute in range(1, 20):
            request = bytes((0xC0, 1, 0xC1, 0, class_id)) + catalogue.name(index)
            reply = send(request + bytes((attribute, 0)))
            number = 0
            while reply[1] == 2 and not reply[3]:
                number += 1
                reply = send(b"\xc0\x02\xc1" + bytes((0, 0, 0, number)))


server.open(17, 1)
send(LLS + INITIATE + b"\x00\x80")
read_all(17)
profile = name(1, 0, 99, 1, 0, 255)
by_entry = b"\x02\x02\x04\x06\0\0\0\x05\x06\0\0\0\x07\x12\0\1\x12\0\3"
send(b"\xc0\x01\xc1\x00\x07" + profile + b"\x02\x01" + by_entry)
by_range = (
    b"\x01\x02\x04\x02\x04\x12\0\x08\x09\x06\0\0\1\0\0\xff\x0f\2\x12\0\0"
    b"\x09\x0c\x07\xea\x0a\x19\xff\x0e\0\0\xff\x80\0\0\x09\x0c\x07\xea\x0a\x19\xff\x0f\0\0\xff\x80\0\0"
    b"\1\0"
)
send(b"\xc0\x01\xc1\x00\x07" + profile + b"\x02\x01" + by_range)
send(b"\xc1\x01\xc1\x00\x08" + name(0, 0, 1, 0, 0, 255) + b"\x02\x00\x00")
for cut in range(len(LLS)):
    server.open(17, 1)
    send(LLS[:cut])
for _ in range(4):
    server.open(17, 1)
    send(LLS.replace(b"12345678", b"wrong...") + INITIATE + b"\xff\xff")
server.open(16, 1)
send(AARQ + INITIATE + b"\xff\xff")
send(b"\xc3\x01\xc1\x00\x0f" + name(0, 0, 40, 0, 0, 255) + b"\x01\x00")

# The management client, ciphered by the same stand-in.
TITLE = b"GRX\0\0\0\0\1"
EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
client = Gcm(Cipher)
client.set_key(EK)


def seal(plain, counter, control=0x30):
    head = bytes((control,)) + counter.to_bytes(4, "big")
    text = bytearray(plain) + bytearray(12)
    client.encrypt(TITLE + head[1:], head[:1] + AK, text, 0, len(plain), len(plain))
    return head + bytes(text)


def send_sealed(plain, counter):
    sealed = seal(plain, counter)
    return send(bytes((plain[0] + 8, len(sealed))) + sealed)


sealed = seal(b"\x01\x00\x00\x00\x06\x5f\x1f\x04\x00\x40\x1e\x1d\x02\x00", 1)
body = b"\xa1\x09\x06\x07\x60\x85\x74\x05\x08\x01\x03\xa6\x0a\x04\x08" + TITLE
body += b"\x8a\x02\x07\x80\x8b\x07\x60\x85\x74\x05\x08\x02\x05\xac\x12\x80\x10ABCDEFGHIJKLMNOP"
body += b"\xbe\x23\x04\x21\x21\x1f" + sealed
server.open(1, 1)
send(bytes((0x60, len(body))) + body)
tag = bytearray(12)
client.encrypt(TITLE + b"\0\0\0\2", b"\x10" + AK + bytes(range(16)), tag, 0, 0, 0)
token = b"\x10\0\0\0\2" + bytes(tag)
send_sealed(b"\xc3\x01\xc1\x00\x0f\x00\x00\x28\x00\x00\xff\x01\x01\x09\x11" + token, 3)
send_sealed(b"\xc0\x01\xc1\x00\x03" + name(1, 0, 1, 8, 0, 255) + b"\x02\x00", 4)
send_sealed(b"\xc0\x01\xc1\x00\x0f" + name(0, 0, 40, 0, 0, 255) + b"\x02\x00", 5)
send_sealed(
    b"\xc1\x01\xc1\x00\x08"
    + name(0, 0, 1, 0, 0, 255)
    + b"\x02\x00\x09\x0c\x07\xea\x0b\x01\xff\x0a\x00\x00\xff\xff\xc4\x00",
    6,
)
send_sealed(b"\xc3\x01\xc1\x00\x09" + name(0, 0, 10, 0, 100, 255) + b"\x01\x01\x12\x00\x03", 7)
send_sealed(b"\xc0\x01\xc1\x00\x03" + name(1, 0, 1, 8, 0, 255) + b"\x02\x00", 7)
