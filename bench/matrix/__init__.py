"""Every file of the reference data × what the bridge makes of it; `python -m bench.matrix`."""
