"""CQL2: text and JSON into one tree, and the tree held against the columns of a layer."""
