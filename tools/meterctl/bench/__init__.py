"""`meterctl bench`: the meter on this computer, on a model of the mains."""

import click

from meterctl.bench import options as accept

_OPTIONS = (
    ("seconds", accept.Seconds(1e9), None, "Simulated seconds, then exit; without it until q or Ctrl-C."),
    ("speed", accept.Number(0, 1e6, ""), 1.0, "Simulated seconds per second; 0 = as fast as it can."),
    ("load", str, None, f"Currents by phase, negative = export.  [default: {accept.DEFAULT_LOAD}]"),
    ("voltage", str, "230", "Phase voltage of the fundamental, V."),
    ("frequency", str, "50", "Mains frequency, Hz."),
    ("harmonics", str, "", 'Harmonics ORDER:U%/I%, such as "5:10%/40%".'),
    ("noise", accept.Number(0, 100, ""), 1.0, "Converter noise, 1 = as published for the part."),
    ("seed", accept.Whole(0, 2**32 - 1), 0, "Of the noise."),
    ("systems", accept.Whole(1, 3), 3, "Measuring systems; 1 = the Pico's own converter."),
    ("front-end", accept.One("waveform", "sums"), "waveform", "Samples, or sums for months of time."),
    ("start", accept.Instant(), None, "What the clock chip shows, UTC; without it the present."),
    ("state", accept.Directory(), None, "Directory in which the EEPROM lives on; without it a new chip."),
    ("optical", accept.Address(), "127.0.0.1:6205", "Optical port as TCP server HOST:PORT, or off."),
    ("module", accept.Address(), "127.0.0.1:4059", "Module port; reserved, nothing listens yet."),
)
_METAVARS = {"start": "TIME", "state": "DIR", "front-end": "waveform|sums", "seconds": "S", "speed": "X"}
_FLAGS = (
    ("pty", "Optical port as a pseudo-terminal too."),
    ("headless", "No screen."),
    ("json", "Last line of stdout is one JSON object."),
)
def _with_options(function):
    for name, help_text in reversed(_FLAGS):
        function = click.option(f"--{name}", is_flag=True, help=help_text)(function)
    for name, kind, default, help_text in reversed(_OPTIONS):
        function = click.option(
            f"--{name}",
            type=kind,
            default=default,
            show_default=default not in (None, ""),
            metavar=_METAVARS.get(name),
            help=help_text,
        )(function)
    return function


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@_with_options
def bench(**options):
    """Run the meter on this computer, on a model of the mains.

    \b
    --load       L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A   power factor optional
    --harmonics  5:10%/40%,7:5%/20%                  order : percent of U / percent of I

    Keys on the screen: b pushes the meter's button, q quits.
    """
    from meterctl.bench.run import run

    run(options)
