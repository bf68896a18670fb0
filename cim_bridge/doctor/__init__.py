"""The doctor: what is in a source, what will work, what is wrong, before anything is written.

Start at `examine`; what is found goes into a Report (sections for people, data for machines).
"""
