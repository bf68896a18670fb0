"""Bindings: tilesets we may not change, each feature tied to a unit row of the model."""
