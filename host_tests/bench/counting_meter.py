"""A meter that counts until it is killed, telling its exact energies after every step.

Arguments: state directory, load.  Each line of stdout is a JSON object.
"""

import json
import sys

from boards.virtual.load import Load
from boards.virtual.world import World
from meter.config import Settings
from meterctl.bench.simulation import Simulation
from meterctl.bench.state import State


def main(path, load):
    """Count for ever."""
    state = State(path)
    world = World(Load.parse(load), waveform=False, memory=state.memory)
    simulation = Simulation(world, Settings())
    while True:
        print(json.dumps(simulation.exact()), flush=True)
        simulation.step(100)


main(*sys.argv[1:])
