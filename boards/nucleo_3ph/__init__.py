"""Three measuring systems at a NUCLEO-F767ZI, each an isolated 24-bit converter."""
