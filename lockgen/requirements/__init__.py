"""Stage: other people's requirements, read from whatever their projects keep them in."""
