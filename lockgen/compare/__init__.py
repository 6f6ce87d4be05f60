"""Two phases side by side: what differs in their sets."""
