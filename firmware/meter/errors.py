"""Every exception the meter's logic raises, on one screen.

Errors of a bus (`OSError`) are never wrapped: the errno says what happened.
"""


class MeterError(Exception):
    """Root of the tree; its text is one line that names the thing and what is accepted."""


class ConfigError(MeterError):
    """A setting is out of range; nothing was changed."""

    def __init__(self, field: str, value: object, accepted: str) -> None:
        super().__init__("{}: {!r} refused, accepted: {}".format(field, value, accepted))
        self.field = field


class SealError(ConfigError):
    """A change that the closed verification seal forbids; nothing was changed."""


class CalibrationError(MeterError):
    """A calibration record is broken or of another layout; the one in force stays in force."""


class JournalError(MeterError):
    """The journal could not store a record; what it held before still stands."""
