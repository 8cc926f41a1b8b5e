"""What DLMS takes of a board's heap: all that it makes at the start, for both ports.

Counted by MicroPython's virtual machine, whose words and heap blocks are those of the boards, with
a hash table and an AES object of the boards' sizes.
"""

import subprocess
from pathlib import Path

from host_tests.dlms.device import Rig
from host_tests.same.test_same import FIRMWARE, HERE, NODE
from meter.views.dlms.axdr import Encoder, Refused
from meter.views.dlms.catalogue import shape
from meter.views.dlms.device import ITEM
from meter.views.dlms.profiles import Rows

BUDGET = 9_728  # bytes
PARTS = '''
# == nothing
meter = parts = optical = module = device = None
# == what is shared
device = dlms.device(meter, parts, settings)
# == optical port
optical = dlms.link(device, parts, OPTICAL, 5)
# == module port
module = dlms.link(device, parts, MODULE, 5)
'''
MADE = '''
from array import array

from meter import dlms
from meter.requests import MODULE
from meter.views.dlms import octets as definition


class Aes:
    """As large as MicroPython's own."""

    def __init__(self, key):
        self.made = bytearray(288)

    def encrypt(self, blocks):
        return bytes(len(blocks))


class Octets:
    """As large as ports/thumb/octets.py makes it."""

    update = staticmethod(definition.update)
    copy = staticmethod(definition.copy)
    mix = staticmethod(definition.mix)
    absorb = staticmethod(definition.absorb)

    @staticmethod
    def make_table(h):
        return array("I", [0] * 80)


class Parts:
    calibration = calibration
    new_aes = Aes
    octets = Octets

    @staticmethod
    def random(n):
        return bytes(n)


class Meter:
    pass


class Control:
    breaker = limiter = None


parts, meter = Parts, Meter()
meter.keeper, meter.events, meter.clock, meter.values = keeper, keeper.events, clock, values
meter.requests, meter.billed, meter.tariffs = requests, billed, tariffs
meter.load_control = Control
meter.lists = Lists(values)
optical = module = device = None  # so that no section makes the globals grow
'''


def made(tmp_path):
    """Return {part: bytes of heap that it keeps}."""
    rig = (HERE / "dlms_server.py").read_text().partition("\nobjects = Objects(")[0]
    script = tmp_path / "parts.py"
    script.write_text(f"# == the meter\n{rig}\n{MADE}{PARTS.replace('meter = parts = ', '')}")
    command = [NODE, Path(HERE) / "measure.mjs", FIRMWARE, script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = [line.rpartition(" ") for line in done.stdout.splitlines()]
    return {name: int(number) for name, _, number in found}


def test_all_that_dlms_makes_at_the_start_stays_within_its_budget(tmp_path):
    found = made(tmp_path)
    print(found)
    assert found["nothing"] == 0
    assert found["module port"] >= 640 + 512, "the buffers were not counted"
    total = found["what is shared"] + found["optical port"] + found["module port"]
    assert total <= BUDGET


def test_the_largest_item_of_every_object_fits_its_buffer():
    """The longest billing row, object list element and so on of a meter that has everything."""
    rig = Rig()
    rig.settle()
    rig.fill_profile(3)
    rig.run(3_000)
    rig.server.open(1, 1)
    objects, association = rig.device.objects, rig.server.association
    largest = 0
    for index in range(objects.catalogue.count):
        class_id, name = objects.catalogue.class_id(index), objects.catalogue.name(index)
        for attribute in range(1, shape(class_id)[1] + 1):
            try:
                found = objects.read(association, class_id, name, attribute, 0, b"")
            except Refused:
                continue
            out = Encoder(4096)
            if isinstance(found, tuple):
                out.put(*found)
                largest = max(largest, out.n)
                continue
            for k in range(found.pieces):
                out.n = 0
                found.put(out, k)
                largest = max(largest, out.n)
            if isinstance(found, Rows):
                columns = [found._history.column(k) for k in range(found._history.width)]
                are_instants = [kind == 8 or of == 5 for kind, _, of in columns]
                largest = max(largest, 2 + sum(14 if is_ else 5 for is_ in are_instants))
    print(f"{largest} bytes, room for {ITEM}")
    assert 200 < largest <= ITEM
