"""IFC: what the file says and its shapes, read by IfcOpenShell in a child process."""
