"""Stage: users' requirements, read from the files of their projects, and tried beside a phase."""
