"""One measuring system at the Raspberry Pi Pico's own converter."""
