"""CityGML 1.0, 2.0 and 3.0 to city objects and faces; the reader is cim_bridge.readers.citygml."""
