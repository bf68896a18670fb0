"""A model release written out again as a city model: the way back of cim_bridge.readers."""
