"""Sources on the platforms of others: the only place in the bridge that speaks to a network.

A host must be on the city's list before it is asked (see hosts). What comes is laid into local
files first and counted against what the platform promised; the ordinary readers read those files.
"""
