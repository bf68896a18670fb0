"""Shapes of the answers, as the OpenAPI file documents them; tests hold answers against them."""
