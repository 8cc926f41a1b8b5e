"""The settings: which are in force, and what becomes of new ones."""

from micropython import const

from meter import config
from meter.errors import ConfigError, JournalError
from meter.journal import configuration
from meter.journal.configuration import Configuration
from meter.journal.record import Page
from meter.registers import events
from meter.requests import WRITE_SETTINGS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.config import Settings
    from meter.journal.keeper import Keeper
    from meter.journal.record import Store
    from meter.requests import Requests


_RETRY_MS = const(1_000)
_FAREWELL_MS = const(2_000)  # until a restart: whoever asked for it is answered first


class Configure:
    """Takes the settings from `store`; serves WRITE_SETTINGS.

    born:          Settings of a meter that has none on its store
    is_new:        True: `born` take the place of what is on the store
    is_seal_open:  callable, what the seal's contact says

    settings:        in force
    is_known:        False while the store did not answer: then `settings` may not be the meter's
    is_restart_due:  True when the meter is to start anew: what was stored comes into force with it
    """

    def __init__(
        self,
        store: "Store",
        born: "Settings",
        is_new: bool,
        is_seal_open: "Callable[[], bool]",
    ) -> None:
        self.settings = born
        self.is_known = False
        self.is_restart_due = False
        self._is_seal_open = is_seal_open
        self._is_checked = False
        self._waited_ms = 0
        self._farewell_ms = 0
        self._configuration = Configuration(store, Page(), self.may_store_legal)
        try:
            if is_new:
                self._save(born)
            else:
                self.settings = self._stored() or born
            self.is_known = True
        except (OSError, JournalError):
            pass  # ask_again() will

    def may_store_legal(self) -> bool:
        """Return whether a legal object may be stored now."""
        return self._is_checked or self._is_seal_open()

    def restart(self) -> None:
        """Have the meter start anew in a moment."""
        self._farewell_ms = _FAREWELL_MS
        self._keeper.book.hurry()  # the restart comes before it would be time

    def step(self, elapsed_ms: int) -> None:
        """Let time pass until a restart.  Hot."""
        if self._farewell_ms > 0:
            self._farewell_ms -= elapsed_ms
            self.is_restart_due = self._farewell_ms <= 0

    def ask_again(self, elapsed_ms: int) -> None:
        """Look once a second at a store that was deaf at the start; it may say otherwise."""
        self._waited_ms += elapsed_ms
        if self._waited_ms < _RETRY_MS:
            return
        self._waited_ms = 0
        try:
            stored = self._stored()
        except OSError:
            self._keeper.failures += 1
            return
        self.is_known = True
        self.is_restart_due = stored is not None and stored.pack() != self.settings.pack()

    def serve(self, requests: "Requests", keeper: "Keeper", now_s: "Callable[[], int]") -> None:
        """Serve WRITE_SETTINGS from now on."""
        self._keeper = keeper
        self._configuration = keeper.configuration
        requests.serve(WRITE_SETTINGS, self._write)
        if not self.is_known:
            keeper.failures += 1
            keeper.events.log(now_s(), events.NV_MEMORY_ERROR, 0)

    def _write(self, text: "int | bytes", source: int) -> int:
        """Serve WRITE_SETTINGS: a text as codes.settings.changed() takes it; returns 0."""
        from meter.codes import settings as of_codes

        if isinstance(text, int):
            raise ConfigError("settings", text, "a text")
        if not self.is_known or self._farewell_ms > 0 or self.is_restart_due:
            raise ConfigError("settings", text, "after the restart that is due")
        old = self.settings
        try:
            new = of_codes.changed(old, text.decode())
        except ValueError:  # bytes that are no text
            raise ConfigError("settings", text, "NAME=VALUE") from None
        is_legal = of_codes.check_seal(old, new, self._is_seal_open())
        self._save(new, old if is_legal else None)
        if new.pack() != old.pack():
            self.restart()
        return 0

    def _save(self, settings: "Settings", old: "Settings | None" = None) -> None:
        """Store `settings`; old: log the change from these, of the energies, tariffs, decimals."""
        self._is_checked = True
        packed = settings.pack()
        try:
            if old is None:
                self._configuration.save(configuration.SETTINGS, packed)
            else:
                details = _detail(old), _detail(settings)
                self._keeper.save_logged(configuration.SETTINGS, packed, *details)
        finally:
            self._is_checked = False

    def _stored(self) -> "Settings | None":
        packed = self._configuration.load(configuration.SETTINGS)
        try:
            return None if packed is None else config.unpack(packed)
        except ConfigError:  # written by a version that had other settings
            return None


def _detail(settings: "Settings") -> int:
    """Return what the log says of legal settings."""
    return settings.energies << 16 | settings.tariffs << 8 | settings.decimals
