"""Themes and tags of indicators, and which indicators say the same from another side."""
