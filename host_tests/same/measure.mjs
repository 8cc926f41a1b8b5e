// Says how much of MicroPython's heap each part of a script keeps.
//   node measure.mjs FIRMWARE_FOLDER SCRIPT
// Parts begin with a line "# == NAME"; a line "NAME BYTES" is printed for each. What a part no
// longer needs is collected before it is counted: this virtual machine collects between parts.

import { readFileSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const HEAP_BYTES = 1024 * 1024;

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
copy(join(firmware, "meter"), "/lib/meter", micropython.FS);

function used() {
    for (let k = 0; k < 2; k++) {
        micropython.runPython("gc.collect()");
    }
    micropython.runPython("used = gc.mem_alloc()");
    return micropython.globals.get("used");
}

try {
    micropython.runPython("import gc");
    for (const part of readFileSync(script, "utf8").split(/^# == /m).slice(1)) {
        const [, name, source] = part.match(/^(.*)\n([^]*)$/);
        const before = used();
        micropython.runPython(source);
        writeSync(1, `${name} ${used() - before}\n`);
    }
} catch (error) {
    writeSync(2, `${error.message}\n`);
    process.exitCode = 1;
}
