"""`meterctl`: one command per file, imported only when it is called.

Exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted; a command may add its own.
Every failure is one line on stderr and never a traceback.
"""

import importlib
import os
import sys

import click

# name: (module, what it does); the module's attribute of the same name is the click command.
COMMANDS = {
    "accuracy": ("meterctl.accuracy", "Measure the error over load, power factor, frequency."),
    "bench": ("meterctl.bench", "Run the meter on this computer, on a model of the mains."),
    "clock": ("meterctl.clock", "Compare a meter's clock with this computer's."),
    "calibrate": ("meterctl.calibrate", "Compute a calibration record from measurements."),
    "codes": ("meterctl.codes", "Explain the order number and the configurations."),
    "eeprom": ("meterctl.eeprom", "Explain what stands on an EEPROM."),
    "configure": ("meterctl.configure", "Read and write the codes of a meter."),
    "emulate": ("meterctl.emulate", "Run the meter on an emulated board."),
    "flash": ("meterctl.flash", "Put the meter on a board."),
    "glass": ("meterctl.glass", "Draw the segment glass."),
    "wear": ("meterctl.wear", "Count how long the EEPROM lasts."),
    "performance": ("meterctl.performance", "Count the cycles of the kernels."),
}


class Commands(click.Group):
    """The commands above; one whose packages are missing does not hinder the others.

    called:  the command that was imported last, None before
    """

    called = None

    def list_commands(self, _ctx):
        """Return the names in the order of --help."""
        return sorted(COMMANDS)

    def get_command(self, _ctx, name):
        """Import and return the command, or None if there is none of this name."""
        if name not in COMMANDS:
            return None
        module, _ = COMMANDS[name]
        try:
            self.called = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            reason = f"{name} needs the package {error.name}: make setup"
            raise click.ClickException(reason) from None
        return self.called

    def format_commands(self, _ctx, formatter):
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli():
    """Tools around the meter; `meterctl COMMAND --help` explains each."""


def main(arguments=None):
    """Run the command line `arguments` (default: the process's) and exit with its status."""
    sys.exit(run(arguments))


def run(arguments=None):
    """As main, but return the status."""
    try:
        status = cli.main(arguments, prog_name="meterctl", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 0
    except click.ClickException as error:
        print(f"meterctl: {describe(error)}", file=sys.stderr)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # the reader of stdout has left: nothing more to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"meterctl: {error}", file=sys.stderr)
        return 1
    return status if isinstance(status, int) else 0


def describe(error):
    """Return `error` as one line that names the argument and what is accepted."""
    command = cli.called or cli  # click does not always say where it was
    if isinstance(error, click.NoSuchOption):
        text = f"{error.option_name} is not an option; accepted: {_options(command)}"
    elif isinstance(error, click.BadOptionUsage):
        text = f"{error.option_name} {_accepts(command, error.option_name)}"
    elif type(error) is click.UsageError and command is not cli:
        text = f"{error.format_message().rstrip('.')}; accepted: {_options(command)}"
    elif type(error) is click.UsageError or isinstance(error, click.NoSuchCommand):
        text = f"{error.format_message().rstrip('.')}; accepted: {', '.join(sorted(COMMANDS))}"
    else:
        text = error.format_message()
    return " ".join(text.split())


def _options(command):
    names = [name for parameter in command.params for name in parameter.opts if name[:2] == "--"]
    return ", ".join(sorted([*names, "--help"]))


def _accepts(command, name):
    """What the option takes after it, or that it takes nothing."""
    for parameter in command.params:
        if name in parameter.opts and not parameter.is_flag:
            return getattr(parameter.type, "accepts", "takes a value")
    return "takes no value"


if __name__ == "__main__":
    main()
