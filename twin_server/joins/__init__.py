"""OGC API Joins: somebody's table attached to features of ours, by their ids."""
