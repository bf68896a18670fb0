"""What the routes answer, built from one pinned publication; no HTTP in here."""
