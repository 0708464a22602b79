"""What the bus promises, under every fault that can be caused for real on one machine."""
