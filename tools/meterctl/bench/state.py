"""The state directory: what the meter's chips keep while the bench does not run.

eeprom.bin holds the EEPROM's cells, clock how many seconds the clock chip is ahead of this
computer, breaker how its relay lies, and lock is locked by the bench that uses the directory.
"""

import fcntl
import os
from pathlib import Path

import click

from boards.virtual.chips.chip_24xx import MemoryFile
from boards.virtual.world import EEPROMS

_POSITIONS = ("open", "closed")


class State:
    """A state directory, made if need be and held until `close`.

    Raises click.ClickException if it cannot be used, if another bench uses it, or if it holds
    something that is no meter's state.
    """

    def __init__(self, path, eeprom="24FC1025"):
        self._clock = Path(path) / "clock"
        self._breaker = Path(path) / "breaker"
        try:
            os.makedirs(path, exist_ok=True)
            self._lock = os.open(Path(path) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise click.ClickException(f"--state {path}: {error.strerror}") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise click.ClickException(f"--state {path}: another bench is using it") from None
        try:
            self.clock_lead_s = self._read_clock()
            self.is_breaker_closed = self._read_breaker()
            self.memory = MemoryFile(
                os.fspath(Path(path) / "eeprom.bin"), EEPROMS[eeprom].size
            )
        except (OSError, ValueError) as error:
            os.close(self._lock)
            reason = error.strerror if isinstance(error, OSError) else error
            raise click.ClickException(f"--state {path}: {reason}") from None

    def keep_clock(self, lead_s):
        """Remember that the clock chip is `lead_s` ahead of this computer's clock."""
        _replace(self._clock, str(lead_s))

    def keep_breaker(self, is_closed):
        """Remember how the breaker's relay lies."""
        _replace(self._breaker, _POSITIONS[is_closed])

    def close(self):
        """Let another bench have the directory."""
        self.memory.close()
        os.close(self._lock)

    def _read_breaker(self):
        text = _read(self._breaker) or _POSITIONS[True]
        if text not in _POSITIONS:
            raise ValueError(f"breaker: {text[:20]!r}, accepted: {' or '.join(_POSITIONS)}")
        return text == _POSITIONS[True]

    def _read_clock(self):
        text = _read(self._clock) or "0"
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"clock: {text[:20]!r}, accepted: whole seconds") from None


def _read(path):
    if not path.exists():
        return ""
    return path.read_text(encoding="ascii", errors="replace").strip()


def _replace(path, text):
    new = path.with_suffix(".new")
    new.write_text(f"{text}\n", encoding="ascii")
    os.replace(new, path)
