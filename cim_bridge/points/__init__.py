"""Point clouds: read and tiled in a child process, a tileset of their own in a model release."""
