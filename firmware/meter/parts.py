"""What a board's build() hands over to the supervisor."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from meter.calendar.clock import Chip
    from meter.control.breaker import Relay
    from meter.journal.record import Store
    from meter.metrology.acquisition import Window
    from meter.metrology.calibration import Calibration
    from meter.tasks import Button, PulseOutput, Screen, Uart
    from meter.views.dlms.frame import Check
    from meter.views.dlms.gcm import Cipher, Hash

    class Octets(Check, Hash, Protocol):
        """Inner loops over octets: a board's machine code, or the definitions."""

    class WindowSource(Protocol):
        """Where windows come from: metrology.acquisition.Acquisition or a model."""

        @property
        def overruns(self) -> int:
            """Return how often samples were lost."""

        def poll(self) -> Window | None:
            """Return the next complete window."""

        def flush(self) -> Window | None:
            """Close the open window and return it."""

        u_shift: int

        def half_cycles(self, index: int, out: array[int]) -> int:
            """Sum a voltage by the half cycles of the last window, see Acquisition."""

        def harmonic(self, index: int, order: int, out: array[int]) -> None:
            """Sum the last window with a multiple of its frequency, see Acquisition."""

    class Supply(Protocol):
        """The supply sense."""

        def is_failing(self) -> bool:
            """Return True while the supply is below its warning level."""

    class Contact(Protocol):
        """An input."""

        def is_closed(self) -> bool:
            """Return whether the contact is closed, or mains is on the input."""

    class Faults(Protocol):
        """A front end of several converters that tells what happened to each."""

        def take_fault(self) -> int:
            """Return the next fault of metrology/faults.py, 0 if there is none."""

    class Memory(Protocol):
        """What is left of the processor's memory."""

        def heap_free(self) -> int:
            """Return the bytes of heap that are free once garbage is collected."""

        def stack_used(self) -> int:
            """Return the bytes of stack in use."""

    class Watchdog(Protocol):
        """Resets the processor unless fed."""

        def feed(self) -> None:
            """Start its time anew."""

UNKNOWN = const(0)  # causes of a reset
POWER_ON = const(1)
WATCHDOG = const(2)


class Parts:
    """What a board's build() hands over.

    source:        window source: poll() -> Window or None, flush(), overruns, half_cycles(),
                   harmonic()
    calibration:   metrology.calibration.Calibration
    linearise:     callable(Calibration) that puts its linearity in force, or None
    faults:        take_fault() -> the next fault of a converter, see metrology/faults.py, or None
    store:         driver of the EEPROM, see journal.record.Store
    fram:          driver of a FRAM that takes the registers, or None
    supply:        is_failing() -> True while the supply is below its warning level, or None
    clock:         driver of the clock chip, see calendar.clock.Chip
    pulse_output:  see tasks.PulseTask
    pictures, texts, button:  see tasks.DisplayTask
    optical, module:  UARTs of the optical port and the module area, see tasks.PortTask, or None
    new_aes:       key (16 bytes) -> AES, see views.dlms.gcm.Cipher; without it there is no DLMS
    octets:        the module views.dlms.octets, or its twin in machine code
    random:        n -> n bytes that nobody can foresee
    seal:          Contact, closed while the verification seal is whole; without one it always is
    cover:         Contact, closed while the terminal cover is on, or None
    main_cover, module_cover:  Contacts, closed while the meter's cover and that of its module
                   area are on, or None
    magnet:        Contact, closed in a magnetic field, or None; with position() if it can tell
                   where the field is, see drivers/hall_switches.py
    tariff_inputs: Contacts of the tariff module, the lowest first, or empty
    pulse_input:   Contact of another meter's pulses, or None
    relay:         driver of the disconnect relays, see control.breaker.Relay, or None
    has_quality:   False leaves voltage quality out: a source that has no samples
    has_battery:   True if a battery keeps processor and display on without mains
    is_program_good:  False if the program is not as it was built
    checksum:      CRC-32 of the legally relevant modules, 0 if the board cannot tell
    watchdog:      feed(), or None
    memory:        heap_free(), stack_used(), bytes; or None
    reset_cause:   why the processor started: UNKNOWN, POWER_ON or WATCHDOG
    """

    source: "WindowSource"
    calibration: "Calibration"
    linearise: "Callable[[Calibration], None] | None" = None
    store: "Store"
    clock: "Chip"
    pulse_output: "PulseOutput"
    pictures: "Sequence[Screen]" = ()
    texts: "Sequence[Screen]" = ()
    button: "Button | None" = None
    optical: "Uart | None" = None
    module: "Uart | None" = None
    new_aes: "Callable[[bytes], Cipher] | None" = None
    octets: "Octets | None" = None
    random: "Callable[[int], bytes] | None" = None
    has_quality: bool = True
    seal: "Contact | None" = None
    cover: "Contact | None" = None
    main_cover: "Contact | None" = None
    module_cover: "Contact | None" = None
    magnet: "Contact | None" = None
    tariff_inputs: "Sequence[Contact]" = ()
    pulse_input: "Contact | None" = None
    relay: "Relay | None" = None
    has_battery: bool = False
    is_program_good: bool = True
    checksum: int = 0
    faults: "Faults | None" = None
    fram: "Store | None" = None
    supply: "Supply | None" = None
    watchdog: "Watchdog | None" = None
    memory: "Memory | None" = None
    reset_cause: int = UNKNOWN
