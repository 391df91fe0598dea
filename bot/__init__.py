"""The assistant: what it understands, does and says."""
