"""The words that customers say, and how often: what pinyin is read by (faq/latin.py).

python -m faq.learning.spoken > faq/lexicon/spoken.txt      counts the phrasings anew; look at the difference first
"""

from __future__ import annotations

import re
from collections import Counter

from faq.latin import LONGEST_WORD
from faq.matching.words import cutter
from faq.phrasings import load_phrasings

SELDOM = 4  # words that the phrasings have less often are left out
HAN = re.compile(f"[\u4e00-\u9fff]{{1,{LONGEST_WORD}}}")


def main() -> None:
    """Print a word and its number a line."""
    texts = (text for phrasings in load_phrasings().values() for text in phrasings)
    said = Counter(word for text in texts for word in cutter().cut(text, HMM=False))
    for word, times in sorted(said.items()):
        if times >= SELDOM and HAN.fullmatch(word):
            print(word, times)


if __name__ == "__main__":
    main()
