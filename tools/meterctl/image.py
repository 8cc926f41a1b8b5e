"""An EEPROM's image, page by page: what each record is, and what a meter would take up from it.

Decoding is the meter's own code on a copy in RAM, so the image is never written.
"""

import binascii
import struct
from datetime import datetime, timedelta, timezone

from meter.journal import billing, configuration, profile, store_map
from meter.journal.keeper import Keeper
from meter.journal.record import Page, is_newer
from meter.ledger import counts
from meter.ledger.booking import INDIVIDUAL, Ledger
from meter.ledger.energy import KINDS
from meter.ledger.tariffs import KEPT, REGISTERS, TARIFFS, TariffRegisters, place
from meter.registers import events

PAGE = store_map.PAGE
EEPROMS = {0x10000: "24LC512", 0x20000: "24FC1025"}
FRAMS = {0x8000: "MB85RC256V"}
SIZES = EEPROMS | FRAMS

GOOD, BLANK, DAMAGED, MISPLACED = "good", "blank", "damaged", "misplaced"

_EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)
_BY_TARIFF = ("A+", "R+", "A-", "R-")
_ENERGIES = ("A+", "A-", "QI", "QII", "QIII", "QIV")
_NAMES = [name for name in vars(events) if name.isupper()]
_EVENTS = {
    getattr(events, name): name.lower().replace("_", " ")
    for name in _NAMES[_NAMES.index("POWER_DOWN") : _NAMES.index("LOG_CLEARED") + 1]
}
_LOG_NAMES = ("status", "voltage", "clock", "disconnect", "legal", "power", "period")
_ROW_NAMES = ("TOTALS", "PHASES", "INTERVAL", "CONTROL_STATE", "INVOCATION", "BILLING", "DAYS")
_EVENTS_A_PAGE = 13
_STARTING_STEPS = 2000  # of a keeper; a whole chip takes some 500


class Region:
    """A region of the map: name, first page, pages, [(kind, payload bytes)] that may stand there.

    explain:  callable(payload, sequence, kind's place in the list) -> dict of what it means
    way:      "ring", "series" or "log"
    """

    def __init__(self, name, row, kinds, explain, way="ring"):
        self.name = name
        self.first, self.pages = row[:2]
        self.kinds = kinds
        self.explain = explain
        self.way = way

    def belongs(self, page, k, sequence):
        """Return whether a record of the kind `k` and this number may stand on `page`."""
        at = page - self.first
        if self.way == "series":
            place, part = divmod(at, len(self.kinds))
            return part == k and sequence % (self.pages // len(self.kinds)) == place
        if self.way == "log":
            home = ((sequence >> 8) - 1) // self.per_page(k)
            return at in (home % self.pages, (home + 1) % self.pages)
        return True

    def per_page(self, k):
        """Return how many entries of a log a page of kind `k` holds."""
        return _EVENTS_A_PAGE if self.explain is _events else self.kinds[k][1] // (
            3 + 3 * profile.CHANNELS[k])


class Rows:
    """A store in RAM."""

    page, endurance = PAGE, 10**6

    def __init__(self, image):
        self.size = len(image)
        self.cells = bytearray(image)

    def read_into(self, start, buf):
        """Fill `buf`."""
        buf[:] = self.cells[start : start + len(buf)]

    def write_page(self, start, data):
        """Keep `data`."""
        self.cells[start : start + len(data)] = data


def regions(size):
    """Return the Regions of a chip of `size` bytes."""
    if size in FRAMS:
        return [Region("totals", store_map.FRAM_TOTALS, [store_map.FRAM_TOTALS[2:]], _totals),
                Region("phases", store_map.FRAM_PHASES, [store_map.FRAM_PHASES[2:]], _phases)]
    found = []
    for name, row, pages, *_ in configuration.KINDS:
        kinds = [(row[2] + k, row[3]) for k in range(pages)]
        found.append(Region(name, row, kinds, _configured, "series"))
    explain = (_totals, _phases, _interval, _bytes, _bytes, _billing, _day)
    for name, how in zip(_ROW_NAMES, explain, strict=True):
        row = getattr(store_map, name)
        parts = billing.BILLING_PAGES if name == "BILLING" else 1
        kinds = [(row[2] + k, row[3]) for k in range(parts)]
        way = "series" if name in ("BILLING", "DAYS") else "ring"
        found.append(Region(name.lower().replace("_", " "), row, kinds, how, way))
    for name, row in zip(_LOG_NAMES, store_map.EVENT_LOGS, strict=True):
        found.append(Region(name + " events", row, [row[2:]], _events, "log"))
    rows = [store_map.profile(size, channels) for channels in profile.CHANNELS]
    found.append(Region("load profile", rows[0], [row[2:] for row in rows], _profile,
                        "log"))
    return sorted(found, key=lambda region: region.first)


def records(image):
    """Yield a dict for every page: offset, page, region, kind, sequence, crc, state, meaning."""
    places = regions(len(image))
    kinds = [(region, k) for region in places for k in range(len(region.kinds))]
    for region in places:
        for page in range(region.first, region.first + region.pages):
            yield _record(image, page, region, kinds)


def _record(image, page, region, kinds):
    cells = image[page * PAGE : (page + 1) * PAGE]
    record = Page()
    record.read(Rows(cells), 0)
    at = {"offset": page * PAGE, "page": page, "region": region.name}
    own = [(region, k) for k in range(len(region.kinds))]
    for where, k in own + kinds:
        kind, size = where.kinds[k]
        if record.is_good(kind, size):
            payload = bytearray(size)
            record.copy_payload(size, payload)
            at |= {"kind": kind, "sequence": record.sequence(), "crc": "good"}
            if where is not region or not region.belongs(page, k, record.sequence()):
                return at | {"state": MISPLACED, "meaning": {"belongs to": where.name}}
            return at | {"state": GOOD, "meaning": region.explain(payload, record.sequence(), k)}
    if record.is_blank():
        return at | {"kind": None, "sequence": None, "crc": None, "state": BLANK, "meaning": {}}
    sequence, crc = record.sequence(), struct.unpack_from("<I", cells, PAGE - 4)[0]
    wanted = binascii.crc32(cells[: PAGE - 4], binascii.crc32(bytes(region.kinds[0])))
    meaning = {"crc on the page": f"{crc:08x}", "crc of the page": f"{wanted:08x}"}
    return at | {"kind": region.kinds[0][0], "sequence": sequence, "crc": "bad", "state": DAMAGED,
                 "meaning": meaning}


def newest(found):
    """Return {region: record} of the newest good page of each ring, series and log."""
    best = {}
    for record in found:
        if record["state"] == GOOD:
            before = best.get(record["region"])
            if before is None or is_newer(record["sequence"], before["sequence"]):
                best[record["region"]] = record
    return best


def restored(image, found):
    """Return what a meter would take up from `image`, whose records() are `found`.

    Of the load profile, channels and period are those that its newest pages have.
    """
    best = newest(found)
    ledger = Ledger(INDIVIDUAL, 1)
    if "totals" in best:
        ledger.tariffs = TariffRegisters(best["totals"]["meaning"]["tariff form"])
    if len(image) in FRAMS:
        return _restored_registers(_on_fram(image, ledger), ledger)
    channels, period_min = 4, 15
    if "load profile" in best:
        channels = best["load profile"]["kind"] & 0x0F
    if "interval" in best:
        period_min = best["interval"]["meaning"]["period, min"]
    keeper = Keeper(Rows(image), None, ledger, lambda: 0, lambda: False, channels, period_min)
    _start(keeper)
    load = keeper.profile
    logs = {}
    for log, name in enumerate(_LOG_NAMES):
        first, end = keeper.book.stored(log)
        logs[name] = {"entries": end - first, "ever": end}
    return _restored_registers(keeper, ledger) | {
        "configuration": {
            row[0]: _size(keeper.configuration.load(kind))
            for kind, row in enumerate(configuration.KINDS)
        },
        "billing entries": _span(keeper.billing),
        "daily entries": _span(keeper.days),
        "events": logs,
        "load profile": {
            "channels": channels,
            "period, min": period_min,
            "entries": load.log.total - load.oldest(),
            "is erased": load.was_erased,
        },
        "store failures": keeper.failures,
    }


def _on_fram(image, ledger):
    return _start(Keeper(Rows(bytes([0xFF]) * 0x20000), Rows(image), ledger, lambda: 0))


def _start(keeper):
    keeper.recover()
    for _ in range(_STARTING_STEPS):
        keeper.step(1)
    return keeper


def _restored_registers(keeper, ledger):
    registers = keeper.registers
    return {
        "registers": {
            "found": registers.restored,
            "written on a power failure": registers.was_orderly,
            "written": when(registers.stored_at_s),
            "operating time, s": ledger.operating_s,
            **_energies(ledger.total.counts_cwh),
            **_tariffs(ledger.tariffs.counts_cwh, ledger.tariffs.form),
        },
        "phases": {
            f"L{n + 1}": _energies(scope.counts_cwh) for n, scope in enumerate(ledger.phases)
        },
    }


def _size(data):
    return None if data is None else len(data)


def _span(series):
    return {"newest": series.newest, "entries": series.newest - series.oldest() + 1}


def when(seconds):
    """Return seconds since 2000-01-01 UTC as a text."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _energies(cwh):
    return {f"{name}, kWh": count / 100_000 for name, count in zip(_ENERGIES, cwh, strict=True)}


def _tariffs(cwh, form):
    found = {}
    for energy in KEPT[form]:
        for n in range(1, TARIFFS + 1):
            at = place(form, energy, n)
            if at >= 0 and cwh[at]:
                found[f"{_BY_TARIFF[energy]} T{n}, kWh"] = cwh[at] / 100_000
    return found


def _counts(payload, at, n):
    found = [0] * n
    counts.unpack_list(payload, at, found)
    return found


def _totals(payload, _sequence, _k):
    operating_s, at_s, flags = struct.unpack_from("<IIB", payload, 110)
    return {"written": when(at_s), "on a power failure": flags & 1 == 1,
            "operating time, s": operating_s, "tariff form": flags >> 1,
            **_energies(_counts(payload, 0, KINDS)),
            **_tariffs(_counts(payload, 30, REGISTERS), flags >> 1)}


def _phases(payload, _sequence, _k):
    return {f"L{n + 1}": _energies(_counts(payload, 30 * n, KINDS)) for n in range(3)}


def _interval(payload, _sequence, _k):
    slot, total, period_min, status, turns = struct.unpack_from("<IIBBB", payload, 0)
    return {"ends": when(slot * 60 * period_min), "entries": total, "period, min": period_min,
            "status": status, "turns": turns}


def _bytes(payload, _sequence, _k):
    return {"bytes": bytes(payload).rstrip(b"\0").hex()}


def _configured(payload, _sequence, k):
    if k:
        return {"part": k + 1, "bytes": bytes(payload).rstrip(b"\0").hex()}
    version, length = struct.unpack_from("<BH", payload, 0)
    data = bytes(payload[3 : 3 + length])
    return {"version": version, "length": length, "bytes": data.hex()}


def _billing(payload, sequence, k):
    if k:
        return {"part": 2, "of entry": sequence}
    at_s, status, periods, operating_s = struct.unpack_from("<IBHI", payload, 0)
    return {"entry": sequence, "ends": when(at_s), "status": status, "periods": periods,
            "operating time, s": operating_s, **_energies(_counts(payload, 11, KINDS))}


def _day(payload, sequence, _k):
    at_s, status, operating_s = struct.unpack_from("<IBI", payload, 0)
    return {"entry": sequence, "ends": when(at_s), "status": status,
            "operating time, s": operating_s, **_energies(_counts(payload, 9, KINDS))}


def _in_batch(sequence, per_page):
    """Return (number of the first entry on a page, how many)."""
    total = sequence >> 8
    first = (total - 1) // per_page * per_page
    return first, total - first


def _events(payload, sequence, _k):
    first, n = _in_batch(sequence, _EVENTS_A_PAGE)
    rows = [struct.unpack_from("<IBi", payload, 9 * k) for k in range(n)]
    return {"first entry": first, "entries": [
        {"at": when(at_s), "event": code, "name": _EVENTS.get(code, "event"), "detail": detail}
        for at_s, code, detail in rows
    ]}


def _profile(payload, sequence, k):
    channels = profile.CHANNELS[k]
    size = 3 + 3 * channels
    first, n = _in_batch(sequence, len(payload) // size)
    rows = []
    for at in range(0, n * size, size):
        slot, status = struct.unpack_from("<HB", payload, at)
        gains = [int.from_bytes(payload[at + 3 + 3 * c : at + 6 + 3 * c], "little") / 100
                 for c in range(channels)]
        rows.append({"slot": (sequence & 0xFF) << 16 | slot, "status": status, "Wh": gains})
    return {"first entry": first, "entries": rows}
