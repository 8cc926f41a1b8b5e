"""The calibration on the store: taken at the start, replaced as a whole with the seal open."""

from binascii import crc32

from micropython import const

from meter.errors import CalibrationError, ConfigError
from meter.journal import configuration
from meter.journal.configuration import Configuration
from meter.journal.record import Page
from meter.metrology import calibration
from meter.requests import WRITE_CALIBRATION

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.journal.keeper import Keeper
    from meter.journal.record import Store
    from meter.metrology.calibration import Calibration
    from meter.parts import Parts
    from meter.requests import Requests

_SIGN = const(0x80000000)


def stored(store: "Store", born: "Calibration") -> "Calibration":
    """Return the calibration on `store`; `born` if there is none that fits, or it does not answer.

    born:  of the board's type; one that fits has as many systems and ranges
    """
    keep = Configuration(store, Page(), bool)
    try:
        record = keep.load(configuration.CALIBRATION)
        return born if record is None else _fitting(record, born)
    except (OSError, CalibrationError):
        return born


class Calibrate:
    """Serves WRITE_CALIBRATION: a record as Calibration.pack() gives it, in force with a restart.

    parts:    Parts, whose calibration it replaces
    restart:  callable, has the meter start anew in a moment

    ConfigError: the record is broken, is for another front end, or the seal is closed.  The change
    is logged with the CRC-32 of the old and of the new record.
    """

    def __init__(
        self,
        parts: "Parts",
        keeper: "Keeper",
        requests: "Requests",
        restart: "Callable[[], None]",
    ) -> None:
        self._parts = parts
        self._restart = restart
        self._keeper = keeper
        requests.serve(WRITE_CALIBRATION, self._write)

    def _write(self, record: "int | bytes", source: int) -> int:
        if isinstance(record, int):
            raise ConfigError("calibration", record, "a record")
        try:
            new = _fitting(record, self._parts.calibration)
        except CalibrationError as error:
            raise ConfigError("calibration", str(error), "a record for this board") from None
        keeper = self._keeper
        stored = keeper.configuration.load(configuration.CALIBRATION)
        old = stored or self._parts.calibration.pack()
        keeper.save_logged(configuration.CALIBRATION, record, _detail(old), _detail(record))
        self._parts.calibration = new
        if self._parts.linearise is not None:
            self._parts.linearise(new)
        self._restart()
        return 0


def _detail(record: bytes) -> int:
    """Return the CRC-32 of a record as a signed number."""
    return ((crc32(record) & 0xFFFFFFFF) ^ _SIGN) - _SIGN


def _fitting(record: bytes, like: "Calibration") -> "Calibration":
    """Return the calibration in `record`; CalibrationError unless it is for the same front end."""
    found = calibration.unpack(record)
    if len(found.systems) != len(like.systems) or len(found.systems[0].ranges) != len(
        like.systems[0].ranges
    ):
        raise CalibrationError("record: for another front end")
    return found
