"""`python -m twin_server` is `cimtwin`."""

from twin_server.cli import main

main()
