"""Large cities out of core: buildings pass through files, memory holds a few numbers of each."""
