"""One step a file, numbered; a step that has been released is never changed."""
