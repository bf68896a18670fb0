"""Who asks: sign-in, roles, keys, tokens, and the gate in front of everything."""
