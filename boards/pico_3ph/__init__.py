"""Three measuring systems at a Raspberry Pi Pico, each an isolated 24-bit converter."""
