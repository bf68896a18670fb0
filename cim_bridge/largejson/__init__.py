"""Large CityJSON in two passes: the first finds what is where, the second reads chunks."""
