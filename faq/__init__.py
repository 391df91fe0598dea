"""What we say: the standard answers, how a question finds one, and the review of wording.

Knows no framework and nothing of the business (`cases`): only text goes in and comes out.
"""
