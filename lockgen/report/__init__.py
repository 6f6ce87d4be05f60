"""Stage: words for people, JSON for machines."""
