"""No register goes back and at most 10 Wh are lost, whenever the meter is killed."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from boards.virtual.chips.chip_24xx import MemoryFile
from boards.virtual.world import EEPROM_BYTES

KILLS = int(os.environ.get("KILLS", "20"))  # KILLS=200 make test for the long run
SEED = 382
WINDOW_WH = 4.1  # 0.2 s at 72.45 kW: counted and stored, but killed before it was told
LOADS = (
    "L1=105A@0.5ind,L2=105A@0.8cap,L3=-105A",
    "L1=105A,L2=105A,L3=105A",
    "L1=0.5A,L2=-10A@0.9ind",
)
METER = Path(__file__).with_name("counting_meter.py")


def run_until_killed(state, load, steps):
    """Return the first and the last energies that the meter told before it was killed."""
    command = [sys.executable, str(METER), str(state), load]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        first = process.stdout.readline()
        last = first
        for _ in range(steps):
            last = process.stdout.readline()
        process.kill()
        for line in process.stdout:  # what it still said until then
            if line.endswith(b"\n"):
                last = line
    return json.loads(first), json.loads(last)


def test_no_kill_makes_a_register_go_back_or_lose_more_than_10_wh(tmp_path):
    print(f"seed {SEED}")
    chosen = random.Random(SEED)
    told, least = {}, {}
    for _ in range(KILLS):
        first, last = run_until_killed(tmp_path, chosen.choice(LOADS), chosen.randrange(200))
        for code, energy in first.items():
            assert energy >= least.get(code, 0), f"{code} is less than at the last start"
            assert energy >= told.get(code, 0) - 10, f"{code} lost more than 10 Wh"
            assert energy <= told.get(code, 0) + WINDOW_WH, f"{code} was invented"
        least, told = first, last
    assert max(least.values()) > 100


@pytest.mark.parametrize("done", [0, 1, 64, 127, 128])
def test_a_page_torn_in_the_file_costs_no_more_than_its_own_record(new_bench, tmp_path, done):
    path = str(tmp_path / "eeprom.bin")
    memory = MemoryFile(path, EEPROM_BYTES)
    bench = new_bench(load="L1=105A", memory=memory)
    bench.step(10_000)
    pages = []
    program = type(memory).__setitem__

    class Torn(MemoryFile):
        def __setitem__(self, key, data):
            pages.append(key.start)
            program(self, key, bytes(data[:done]) + self[key][done:])

    memory.__class__ = Torn
    before = bench.simulation.exact()
    while not pages:
        bench.step(20)
    memory.close()
    again = new_bench(load="L1=105A", memory=MemoryFile(path, EEPROM_BYTES))
    assert again.simulation.meter.keeper.registers.restored
    for code, energy in again.simulation.exact().items():
        assert before[code] - 10 <= energy <= bench.simulation.exact()[code]
    again.world.eeprom.memory.close()
