"""Bad APDUs by the million against a server: `python -m host_tests.dlms.fuzz_apdus APDUS SEED`.

After every APDU, whatever it was: no exception, and one answer of a kind that there is. What the
public and the reading client send changes nothing, ever. After every 500 a good session works.
"""

import sys
import time
from random import Random

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import (
    Manager,
    aarq,
    aarq_gmac,
    aarq_lls,
    by_entry,
    get,
    lists,
    name,
    public,
    reader,
)

_EACH = 500  # APDUs between two good sessions
_ANSWERS = {0x61, 0x63, 0xC4, 0xC5, 0xC7, 0xD8}
_CIPHERED = {0xCC, 0xCD, 0xCF, 0xD4, 0xD5, 0xD7, 0xDB, 0xDC}
_PROFILE = "1.0.99.1.0.255"
_CLOCK = get(8, "0.0.1.0.0.255", 2)
_TIME = "090C07EA0B0107" + "0A0000FFFFC400"
_RANGE = (
    "010204020412000809060000010000FF0F02120000"
    "090C07EA0A19FF0D0F00FF800000090C07EA0A19FF0E0F00FF8000000100"
)
_COLUMNS = (
    "0118" + "020412000809060000010000FF0F02120000" * 23 + "020412000109060000600A01FF0F02120000"
)


def _set(class_id, code, attribute, value):
    return "C101C1{:04X}{}{:02X}00".format(class_id, name(code), attribute) + value


def _act(class_id, code, method, value):
    return "C301C1{:04X}{}{:02X}01".format(class_id, name(code), method) + value


_SEEDS = [
    bytes.fromhex(text)
    for text in (
        _CLOCK,
        get(15, "0.0.40.0.0.255", 2),
        get(7, _PROFILE, 2),
        get(7, _PROFILE, 2, by_entry(1, 5)),
        get(7, _PROFILE, 2, _RANGE),
        lists(_CLOCK, get(3, "1.0.1.8.0.255", 2), get(7, _PROFILE, 3)),
        "C002C100000001",
        "C101C10008" + name("0.0.1.0.0.255") + "0200" + _TIME,
        "C102C10008" + name("0.0.1.0.0.255") + "0200" + "0000000001" + "05" + _TIME[:10],
        "C103C1" + "0100000002" + "09" + _TIME[10:],
        "C104C1010008" + name("0.0.1.0.0.255") + "020001" + _TIME,
        "C301C10009" + name("0.0.10.0.100.255") + "0101120001",
        "C304C10009" + name("0.0.10.0.100.255") + "01" + "0000000001" + "02" + "1200",
        "C306C1" + "0100000002" + "01" + "01",
        "C303C1010009" + name("0.0.10.0.100.255") + "0101120001",
        "C301C10040" + name("0.0.43.0.0.255") + "020101010202160009180000" + "00" * 22,
        "C301C1000F" + name("0.0.40.0.0.255") + "01010911" + "10" * 17,
        "6203800100",
        get(7, _PROFILE, 2, _RANGE[:-4] + _COLUMNS),
        _set(8, "0.0.1.0.0.255", 3, "10FFC4"),
        _act(8, "0.0.1.0.0.255", 5, "0203" + "090C07D00101FF00000000800000" * 3),
        _act(8, "0.0.1.0.0.255", 4, "0F00"),
        _set(20, "0.0.13.0.0.255", 10, "090C07D00101FF00000000800000"),
        _act(11, "0.0.11.0.0.255", 1, "0203120000090507EA0B02FF1102"),
        _act(11, "0.0.11.0.0.255", 2, "120000"),
        _set(22, "0.0.15.0.0.255", 4, "0101" + "02020904000000000905FFFFFF01FF"),
        _set(7, "0.0.21.0.1.255", 3, "0101" + "02041200030906" + "0100010800FF" + "0F02120000"),
        _set(23, "0.0.22.0.0.255", 7, "12001E"),
        _set(71, "0.0.17.0.0.255", 4, "0600000FA0"),
        _set(1, "0.0.96.61.0.255", 2, "0910" + b"config3=00-0-01-".hex()),
    )
] + [aarq(), aarq_lls(), aarq_lls(b"wrong"), aarq_gmac(5)]


class Fuzzer:
    """Makes APDUs that are nearly good."""

    def __init__(self, seed):
        self.random = Random(seed)

    def apdu(self):
        """Return a good APDU, spoilt somewhere, or nothing of the kind."""
        random = self.random
        kind = random.random()
        if kind < 0.03:
            return random.randbytes(random.randint(0, 512))
        found = bytearray(random.choice(_SEEDS))
        if kind < 0.10:
            return bytes(found)
        for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
            at = random.randrange(len(found) + 1)
            how = random.random()
            if how < 0.45 and at < len(found):
                found[at] = random.choice((0, 1, 2, 0x7F, 0x80, 0x81, 0x82, 0xFF, found[at] ^ 1))
            elif how < 0.60 and at < len(found):
                found[at] ^= 1 << random.randrange(8)
            elif how < 0.75:
                found[at:at] = random.randbytes(random.randint(1, 5))
            elif how < 0.90:
                del found[at : at + random.randint(1, 4)]
            else:
                del found[at:]
            if not found:
                break
        return bytes(found[:512])


def _is_good(answer):
    return len(answer) > 0 and answer[0] in _ANSWERS | _CIPHERED and len(answer) <= 637


def run(apdus, seed):
    """Throw `apdus` at a meter's server; return how many were answered by each first byte."""
    fuzzer = Fuzzer(seed)
    rig = Rig()
    rig.fill_profile(40)
    server = rig.server
    found = {}
    for first in range(0, apdus, _EACH):
        who = fuzzer.random.choice((public, reader, Manager, None))
        server.step(1_100_000)  # no log-in is delayed
        client = who(rig) if who else server.open(fuzzer.random.choice((16, 17, 1)), 1)
        clock_s, tariff = rig.meter.clock.now_s(), rig.meter.ledger.tariffs.active
        keys = rig.security.keys
        for _ in range(first, min(first + _EACH, apdus)):
            apdu = fuzzer.apdu()
            if who is Manager and apdu and fuzzer.random.random() < 0.9:
                client.counter = rig.security.accepted()
                answer = client.send(apdu) if apdu[0] in (0xC0, 0xC1, 0xC3) else rig.send(apdu)
            else:
                answer = rig.send(apdu)
            if apdu and not _is_good(answer):
                raise ValueError(f"seed {seed}: {apdu.hex()} answered by {answer.hex()}")
            found[answer[:1].hex()] = found.get(answer[:1].hex(), 0) + 1
            if who and rig.server.association.state == 0:
                server.step(1_100_000)
                client = who(rig)
        if who is not Manager:
            assert rig.meter.clock.now_s() == clock_s
            assert rig.meter.ledger.tariffs.active == tariff
        assert rig.security.keys is keys
        server.step(1_100_000)
        if reader(rig).send(_CLOCK)[:4] != bytes.fromhex("C401C100"):
            raise ValueError(f"seed {seed}: no good session after {first + _EACH} APDUs")
        assert len(server._services._gathered) == 0
    return found


if __name__ == "__main__":
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    began_s = time.monotonic()
    counts = run(count, seed)
    wall_s = time.monotonic() - began_s
    print(f"seed {seed}: {count} APDUs in {wall_s:.0f} s, answers by first byte: {counts}")
