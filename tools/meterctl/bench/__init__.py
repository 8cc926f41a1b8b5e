"""`meterctl bench`: the meter on this computer, on a model of the mains."""

import click

from meterctl.bench import options as accept

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 96, "show_default": True}


@click.command(context_settings=_SETTINGS)
@click.option("--seconds", type=accept.Seconds(1e9), metavar="S", help="Simulated; then exit.")
@click.option(
    "--speed",
    type=accept.Number(0, 1e6),
    default=1.0,
    metavar="X",
    help="Simulated seconds per second, 0 = as fast as it can.",
)
@click.option(
    "--load",
    show_default=accept.DEFAULT_LOAD,
    help="Current and power factor of each phase, negative = export.",
)
@click.option("--voltage", default="230", help="Phase voltage of the fundamental, V.")
@click.option("--frequency", default="50", help="Mains frequency, Hz.")
@click.option(
    "--harmonics",
    default="",
    show_default=False,
    help="ORDER:U%/I%,..., such as 5:10%/40%,7:5%/20%.",
)
@click.option(
    "--noise",
    type=accept.Number(0, 100),
    default=1.0,
    help="Noise of the converters, 1 = as published.",
)
@click.option("--seed", type=accept.Whole(0, 2**32 - 1), default=0, help="Of the noise.")
@click.option(
    "--systems",
    type=accept.Whole(1, 3),
    default=3,
    help="Measuring systems: 1 at the Pico's own converter, 2 or 3 at 24-bit ones.",
)
@click.option(
    "--connection",
    type=accept.One(*accept.CONNECTIONS),
    show_default="four-wire, or aron if X1 of --order is 2",
    metavar="|".join(accept.CONNECTIONS),
    help="Phases booked each for itself or as a sum; aron: two elements, loads L12, L23, L31.",
)
@click.option(
    "--wiring",
    default="",
    show_default=False,
    help="What is connected wrong: L1..L3=off, dead or reversed, and sequence=132.",
)
@click.option(
    "--front-end",
    type=accept.One("waveform", "sums"),
    default="waveform",
    metavar="waveform|sums",
    help="Samples, or sums of whole windows for months of time.",
)
@click.option(
    "--start",
    type=accept.Instant(),
    metavar="TIME",
    help="UTC on the clock chip, such as 2026-03-28T12:00:00Z; else the present.",
)
@click.option(
    "--state",
    type=accept.Directory(),
    metavar="DIR",
    help="Where the EEPROM is kept; else the meter is new at every start.",
)
@click.option(
    "--eeprom",
    type=accept.One(*accept.EEPROMS),
    default="24FC1025",
    metavar="|".join(accept.EEPROMS),
    help="128 or 64 KiB; the smaller one has a shorter load profile.",
)
@click.option(
    "--optical",
    type=accept.Address(),
    default="127.0.0.1:6205",
    metavar="HOST:PORT",
    help="Optical port (mode A, HDLC) as a TCP server, port 0 = any free one; off = none.",
)
@click.option(
    "--module",
    type=accept.Address(),
    default="127.0.0.1:4059",
    metavar="HOST:PORT",
    help="Module port (HDLC) as a TCP server, likewise.",
)
@click.option("--order", metavar="684-...", help="Order number X1..X10 of a meter made anew.")
@click.option("--config1", metavar="A-B-CCC-DD-E", help="Configuration 1, as the next four.")
@click.option("--config2", metavar="FFF-GG-HH-I")
@click.option("--config3", metavar="JJ-K-LL-M-NN")
@click.option("--config4", metavar="OOO-PPP-QQ")
@click.option("--config5", metavar="RRR")
@click.option(
    "--serial", metavar="DIGITS", help="Serial number; with it or a code the meter is made anew."
)
@click.option("--seal-open", is_flag=True, help="With the verification seal broken.")
@click.option("--pty", is_flag=True, help="Both ports as pseudo-terminals, too.")
@click.option("--headless", is_flag=True, help="No screen.")
@click.option("--json", is_flag=True, help="The last line of stdout is one JSON object.")
def bench(**options):
    """Run the meter on this computer, on a model of the mains.

    Without --seconds it runs until q or Ctrl-C.  On the screen, b, l and x push the meter's
    button: shortly, for 2 s and for 4 s; s breaks the verification seal, or mends it; m takes the
    mains away, or gives it back.
    """
    from meterctl.bench.run import run

    run(options)
