"""Running the server: guard, health, metrics, logs, backup."""
