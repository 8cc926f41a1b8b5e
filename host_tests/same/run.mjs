// Runs one script on MicroPython's virtual machine, with the firmware on its path.
//   node run.mjs FIRMWARE_FOLDER SCRIPT
// What the script prints goes to stdout.  An exception goes to stderr, with exit status 1.

import { readFileSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const HEAP_BYTES = 256 * 1024; // about what an RP2040 has left after boot

// A failing script may leave the heap locked, and then not even the exception could be shown.
const MAIN = `
import micropython
try:
    exec(compile(open("/script.py").read(), "script.py", "exec"), {"__name__": "__main__"})
finally:
    micropython.heap_lock()
    while micropython.heap_unlock():
        pass
`;

function copy(from, to, fs) {
    if (statSync(from).isDirectory()) {
        fs.mkdirTree(to);
        for (const name of readdirSync(from)) {
            copy(join(from, name), `${to}/${name}`, fs);
        }
    } else if (from.endsWith(".py")) {
        fs.writeFile(to, readFileSync(from));
    }
}

const [firmware, script] = process.argv.slice(2);
const micropython = await loadMicroPython({
    heapsize: HEAP_BYTES,
    linebuffer: false,
    stdout: (bytes) => writeSync(1, bytes),
});
for (const room of ["meter", "drivers", "ports/stm32"]) {
    copy(join(firmware, room), `/lib/${room}`, micropython.FS);
}
micropython.FS.writeFile("/script.py", readFileSync(script));
try {
    micropython.runPython(MAIN);
} catch (error) {
    writeSync(2, `${error.message}\n`);
    process.exitCode = 1;
}
