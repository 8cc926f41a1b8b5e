"""Where the tariff in force comes from: the plan, the tariff module's inputs, or a command."""

from micropython import const

from meter.calendar.civil import DAY_S
from meter.errors import ConfigError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone
    from meter.calendar.tariff_plan import TariffPlan

SINGLE = const(0)  # no tariffs: everything is tariff 1
PLAN = const(1)
INPUTS = const(2)  # 230 V inputs of the 2- and 4-tariff modules
COMMAND = const(3)  # nothing but

_SOURCES = const(4)
_INPUTS = const(3)
_TARIFFS = const(8)
_RELEASED = const(0)


class TariffSource:
    """Decides the tariff at every instant; what it cannot know it does not guess.

    source:    SINGLE, PLAN, INPUTS or COMMAND
    tariffs:   how many the meter has, 1..8
    zone:      local.Zone
    fallback:  tariff 1..tariffs while the clock is invalid, while there is no plan, and before
               the first command

    commanded: tariff in force by command, 0 without
    active:    TariffPlan in force, or None
    passive:   TariffPlan waiting for its activation day, or None
    """

    active: "TariffPlan | None"
    passive: "TariffPlan | None"

    def __init__(self, source: int, tariffs: int, zone: "Zone", fallback: int = 1) -> None:
        _check("tariff source", source, 0 <= source < _SOURCES, "0..3")
        _check("tariffs", tariffs, 1 <= tariffs <= _TARIFFS, "1..8")
        _check("fallback tariff", fallback, 1 <= fallback <= tariffs, "1..{}".format(tariffs))
        self._source = source
        self._tariffs = tariffs
        self._zone = zone
        self._fallback = fallback
        self.commanded = _RELEASED
        self.active = None
        self.passive = None

    def check(self, plan: "TariffPlan") -> None:
        """Raise ConfigError unless the meter has every tariff that `plan` uses."""
        accepted = "1..{}, the tariffs of this meter".format(self._tariffs)
        highest = plan.highest_tariff
        _check("tariff plan highest tariff", highest, highest <= self._tariffs, accepted)

    def command(self, tariff: int) -> None:
        """Put `tariff` in force until released with 0, whatever the source says."""
        accepted = "0 to release, 1..{}".format(self._tariffs)
        _check("commanded tariff", tariff, 0 <= tariff <= self._tariffs, accepted)
        self.commanded = tariff

    def activate(self, utc_s: int) -> bool:
        """Put the passive plan in force if its day has come; return whether it was.

        To be called with a valid clock only, and at power-on: the day may have passed without
        mains.
        """
        plan = self.passive
        if plan is None or self._zone.local_s(utc_s) // DAY_S < plan.activation_day:
            return False
        self.active = plan
        self.passive = None
        return True

    def tariff(self, utc_s: int, is_clock_valid: bool, inputs: int) -> int:
        """Return the tariff 1..8 in force.

        inputs:  bits of the module's inputs with mains on them: bit 0 of the 2-tariff module,
                 bits 0 and 1 of the 4-tariff module; 1 + their number is the tariff
        """
        if self._source == SINGLE:
            return 1
        if self.commanded != _RELEASED:
            return self.commanded
        if self._source == INPUTS:
            return min(1 + (inputs & _INPUTS), self._tariffs)
        if self._source == PLAN and is_clock_valid and self.active is not None:
            return self.active.tariff(self._zone.local_s(utc_s))
        return self._fallback


def _check(field: str, value: int, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
