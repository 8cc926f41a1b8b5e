"""What others see: display, pulses, read-out.  Views read; none changes a value."""
