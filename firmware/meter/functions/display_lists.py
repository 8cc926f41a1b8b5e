"""Keeps the display lists and the lines of the read-out, and serves new ones."""

from micropython import const

from meter.errors import ConfigError
from meter.functions.function import Function
from meter.journal import configuration
from meter.registers import lists as display_lists
from meter.requests import WRITE_DISPLAY_LISTS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.configuration import Configuration
    from meter.registers.lists import Lists
    from meter.requests import Requests


class DisplayLists(Function):
    """Puts the stored lists in force once the store answers; serves WRITE_DISPLAY_LISTS."""

    def __init__(
        self, lists: "Lists", configuration_: "Configuration", requests: "Requests"
    ) -> None:
        self._lists = lists
        self._configuration = configuration_
        self._is_known = False
        requests.serve(WRITE_DISPLAY_LISTS, self._write)

    def second(self, now_s: int) -> None:
        """Look for stored lists, until the store has answered."""
        if self._is_known:
            return
        try:
            packed = self._configuration.load(configuration.DISPLAY_LISTS)
            self._is_known = True
            if packed is not None:
                self._lists.replace(display_lists.unpack(packed))
        except (OSError, ConfigError):  # ConfigError: of a meter with other codes
            pass

    def _write(self, packed: "int | bytes", source: int) -> int:
        """Serve WRITE_DISPLAY_LISTS."""
        if isinstance(packed, int):
            raise ConfigError("display lists", packed, "96 bytes")
        before = self._lists.items
        self._lists.replace(display_lists.unpack(packed))
        try:
            self._configuration.save(configuration.DISPLAY_LISTS, packed)
        except Exception:
            self._lists.items = before
            raise
        self._is_known = True
        return 0
