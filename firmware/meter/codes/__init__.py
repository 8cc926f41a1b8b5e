"""The order number and the configurations 1-5: the codes that say what a meter is."""
