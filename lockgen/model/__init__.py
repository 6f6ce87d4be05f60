"""The records that travel between the stages, and the ports by which a stage asks another. All frozen."""
