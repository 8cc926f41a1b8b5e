"""Three measuring systems at a Linux board, or a PC with a USB bridge, through Adafruit Blinka."""
