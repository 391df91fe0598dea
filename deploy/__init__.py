"""Set-up, start and checks. Knows every room; no room knows it."""
