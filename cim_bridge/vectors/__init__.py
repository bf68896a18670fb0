"""Vector files: GDAL works in a child process, which hands over plain columns."""
