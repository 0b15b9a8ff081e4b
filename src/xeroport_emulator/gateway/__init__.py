"""What stands before the organisation: tokens, limits, faults, switches."""
