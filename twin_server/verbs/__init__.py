"""One file a verb of the command line; heavy imports live inside the verb."""
