"""Scores: optional, visible, from scales that are data; no national method gives a total."""
