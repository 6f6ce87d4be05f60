"""What is locked: the record of committed sets, and what the index has changed about them since."""
