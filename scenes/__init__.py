"""Scenes: pictures, script pages and the sample city. Content is data; nothing here is served."""
