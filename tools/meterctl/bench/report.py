"""What a run of the bench tells at its end."""


def collect(simulation, wall_s, at_start):
    """Return the result of a finished run as a dict that json.dumps takes.

    at_start:  the exact energies when the meter started, which `true` is not part of
    """
    simulated_s = simulation.world.measured_ns / 1e9
    meter = simulation.meter
    return {
        "simulated_s": simulated_s,
        "speed_factor": round(simulated_s / wall_s, 2),
        "registers": simulation.registers(),
        "readings": simulation.readings(),
        "exact": simulation.exact(),
        "exact_at_start": at_start,
        "true": simulation.true_registers(),
        "pulses": simulation.world.pulses.edges,
        "pulses_waiting": meter.pulses.waiting,
        "overruns": simulation.world.source.overruns,
        "phases": simulation.phases(),
        "restored": meter.keeper.registers.restored,
        "store_failures": meter.keeper.failures,
        "view_failures": meter.view_failures,
        "events": _events(meter.events),
    }


def _events(log):
    """Return [code, detail] of the newest events, the latest first."""
    return [list(log.newest(age)[1:]) for age in range(min(log.total, log.depth))]


def text(result):
    """Return the result as lines to read: registers against the truth, and what was counted."""
    lines = ["register         meter       delivered"]
    for code, value in result["registers"].items():
        gain = result["exact"][code] - result["exact_at_start"][code]
        true = result["true"][code]
        if value or true:
            error = f"{(gain / true - 1) * 100:+9.3f} %" if true > 0.001 else ""
            unit = "Wh" if int(code.split(".")[0]) % 20 <= 2 else "varh"
            lines.append(f"{code:8} {value:13.1f} {true:15.4f} {unit:4}{error}")
    lines.append(
        f"{result['simulated_s']:g} s simulated at {result['speed_factor']:g} x real time, "
        f"{result['pulses']} pulses, {result['overruns']} overruns"
    )
    return "\n".join(lines)
