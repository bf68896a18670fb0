"""The standard door: OGC API Features (Core, CRS, Filter with CQL2) on what is published."""
