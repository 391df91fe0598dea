"""Learning with people: what customers asked in vain is grouped, proposed, and taken only when an editor accepts it.

Nothing here changes anything by itself. `gaps` writes proposals, an editor edits them, `accept` checks and applies one.
"""
