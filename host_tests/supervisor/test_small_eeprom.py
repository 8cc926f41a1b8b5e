"""The meter with a 24LC512: everything at the same place, and a shorter load profile."""

from boards.virtual.load import Load
from boards.virtual.world import EEPROMS, World
from meter.config import Settings
from meterctl import cli
from meterctl.bench.simulation import Simulation


def meter_on(memory=None):
    world = World(Load.parse("L1=10A,L2=5A,L3=-2A"), waveform=False, noise=0,
                  memory=memory, eeprom="24LC512", start_s=800_000_000)
    return Simulation(world, Settings())


def test_registers_events_and_profile_come_back_and_none_is_blamed():
    memory = bytearray(b"\xff" * EEPROMS["24LC512"].size)
    first = meter_on(memory)
    for _ in range(7300):
        first.step(1000)
    first.meter.power_fail()
    kept, profile = first.registers(), first.meter.keeper.profile
    assert profile.log.total >= 7
    assert first.meter.keeper.failures == 0
    again = meter_on(bytearray(memory))
    for _ in range(200):
        again.step(1000)
    found = again.meter.keeper
    # Its clock begins anew, which ends the open interval; another one ends after 100 s.
    assert found.profile.log.total - profile.log.total == 2
    assert found.profile.log._pages == 103
    assert found.book.stored(5) >= (0, 2)
    assert again.registers()["1.8.0"] >= kept["1.8.0"] > 0
    assert found.failures == 0


def test_the_bench_takes_either_part_and_refuses_the_state_of_the_other(tmp_path, capsys):
    start = ["bench", "--state", str(tmp_path), "--seconds", "1", "--speed", "0", "--headless",
             "--front-end", "sums", "--optical", "off", "--module", "off", "--eeprom"]
    assert cli.run([*start, "24LC512"]) == 0
    assert (tmp_path / "eeprom.bin").stat().st_size == 0x10000
    capsys.readouterr()
    assert cli.run([*start, "24FC1025"]) == 1
    assert "65536 bytes, accepted: 131072" in capsys.readouterr().err
    assert cli.run([*start, "24C02"]) == 2
    assert "takes 24FC1025 or 24LC512" in capsys.readouterr().err
