"""Parts of emulated processors that their emulators lack, shared by the boards' emulation.py."""
