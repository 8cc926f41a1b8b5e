"""What holds for all tests."""

from hypothesis import settings

# How long an example takes is the machine's affair: a loaded one must not fail a property.
settings.register_profile("meter", deadline=None, print_blob=True)
settings.load_profile("meter")
