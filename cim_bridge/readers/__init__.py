"""One file per format; no reader imports another."""
