"""The state directory: what the meter's chips keep while the bench does not run.

eeprom.bin holds the EEPROM's cells, clock how many seconds the clock chip is ahead of this
computer, and lock is locked by the bench that uses the directory.
"""

import fcntl
import os
from pathlib import Path

import click

from boards.virtual.chips.chip_24xx import MemoryFile
from boards.virtual.world import EEPROMS


class State:
    """A state directory, made if need be and held until `close`.

    Raises click.ClickException if it cannot be used, if another bench uses it, or if it holds
    something that is no meter's state.
    """

    def __init__(self, path, eeprom="24FC1025"):
        self._clock = Path(path) / "clock"
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
            self.memory = MemoryFile(
                os.fspath(Path(path) / "eeprom.bin"), EEPROMS[eeprom].size
            )
        except (OSError, ValueError) as error:
            os.close(self._lock)
            reason = error.strerror if isinstance(error, OSError) else error
            raise click.ClickException(f"--state {path}: {reason}") from None

    def keep_clock(self, lead_s):
        """Remember that the clock chip is `lead_s` ahead of this computer's clock."""
        new = self._clock.with_suffix(".new")
        new.write_text(f"{lead_s}\n", encoding="ascii")
        os.replace(new, self._clock)

    def close(self):
        """Let another bench have the directory."""
        self.memory.close()
        os.close(self._lock)

    def _read_clock(self):
        if not self._clock.exists():
            return 0
        text = self._clock.read_text(encoding="ascii", errors="replace").strip()
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"clock: {text[:20]!r}, accepted: whole seconds") from None
