"""What the views show, on CPython and on MicroPython: read-out, display, glass, pulses."""

from array import array

from meter.registers import digits, obis, table
from meter.registers.lists import TEST_RESOLUTION, Lists
from meter.requests import Requests
from meter.views import glass
from meter.views.display import Display
from meter.views.mode_a import ModeA
from meter.views.pulses import PulseTrain


class Readings:
    """Values that differ from key to key and pass the limit of a small int."""

    def keys(self, view):
        return table.keys(view, 3)

    def value(self, key):
        if key == table.TARIFF:
            return 3
        if key == table.FIRMWARE:
            return 10203
        if table.row(key).form in (digits.DATE, digits.HOUR, digits.CLOCK):
            return key * 4_321_987
        return key * 987_654_321 + key % 7 if table.row(key).exponent == -1 else key * 3_001 + 17


def show_table():
    for key in range(table.KEYS):
        if table.views(key):
            code = table.code(key)
            value = Readings().value(key)
            print(key, obis.short(code), obis.logical_name(code).hex(), table.text(key))
            print(table.value_text(key, value, key & 1), table.unit_text(key))
            is_signed = table.ACTIVE_POWER <= key < table.VOLTAGE
            print(table.value_text(key, -value if is_signed else value, 0))
            print(table.scaled(key, value), table.scaled(key, -value))


def show_read_out():
    view = ModeA(Readings(), Lists(Readings()), "0014410000", "KAM", "68438BC450000", 1)
    request = b"\x00\xaf/?999!\r\n/?14410000!\r\n"
    view.feed(request, len(request))
    view.step(20)
    view.step(250)
    buf = bytearray(48)
    n = view.take_output(buf)
    while n:
        print(bytes(buf[:n]))
        view.step(10)
        n = view.take_output(buf)


def show_display():
    items = (
        table.ACTIVE_IMPORT + TEST_RESOLUTION,
        table.VOLTAGE + 2,
        table.ERRORS,
        table.FIRMWARE,
    )
    readings = Readings()
    lists = Lists(readings)
    print(lists.items, lists.pack())
    lists.items = [items, items, ()]
    display = Display(readings, 3, lists, Requests(), None, 1)
    ram = bytearray(glass.RAM)
    lines = bytearray(glass.COLUMNS * glass.LINES)
    for tick in range(180):
        if tick in (100, 101):
            display.press()
        if display.step(250) and tick % 8 == 0:
            glass.segments(display.frame, ram)
            glass.characters(display.frame, lines)
            print(ram.hex(), bytes(lines))


def show_pulses():
    train = PulseTrain(5_123_456_789_012_345_678, 1000, 80, True)
    energy_pj = 5_123_456_789_012_345_678
    words = array("I", [0] * 64)
    random = 1
    for _ in range(60):
        random = random * 1103515245 + 12345 & 0x7FFFFFFF
        duration_ns = 150_000_000 + random % 100_000_000
        energy_pj += random % 80_000_000 * duration_ns
        n = train.window(energy_pj, duration_ns, random % 5 == 0, words)
        print([words[k] for k in range(n)], train.count, train.waiting, train.led_between)


show_table()
show_read_out()
show_display()
show_pulses()
