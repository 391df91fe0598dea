"""The business: claims, complaints, hand-over, time limits. Knows no framework and says no sentence of its own."""
