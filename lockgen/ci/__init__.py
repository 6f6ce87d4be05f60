"""What a continuous integration service is told: on which machines sets are proved, and by which workflows."""
