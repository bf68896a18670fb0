"""Base maps of others below our own: Tianditu, XYZ, WMTS, WMS, by a proxy that keeps the keys."""
