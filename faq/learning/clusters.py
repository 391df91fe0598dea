"""Questions that ask for the same thing, together: near by characters in a row, grown into groups from the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faq.normalise import normalise

APART = 0.85
MOST = 3000


class Cluster(NamedTuple):
    """Places of texts that belong together, the most central first."""

    members: tuple[int, ...]


def cluster(texts: Sequence[str], background: Sequence[str] = (), apart: float = APART) -> list[Cluster]:
    """Groups of texts, the largest first; every text is in one. At most `MOST` texts.

    `background` are further texts of the trade: what they say too, such as 赔吗, hardly makes two questions alike.
    """
    if len(texts) > MOST:
        raise ValueError(f"more than {MOST} texts")
    if not texts:
        return []
    near = _nearness(texts, background)
    labels = _grown(near, apart)
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    found = [Cluster(tuple(int(at) for at in _central_first(near, group))) for group in groups]
    return sorted(found, key=lambda one: (-len(one.members), one.members))


def _nearness(texts: Sequence[str], background: Sequence[str]) -> NDArray[np.float64]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.preprocessing import normalize

    normal = [normalise(text).replace(" ", "") or "-" for text in (*texts, *background)]
    counted = CountVectorizer(analyzer="char", ngram_range=(1, 2), binary=True, dtype=np.float64).fit_transform(normal)
    rarity = np.log((1 + len(normal)) / (1 + np.asarray(counted.sum(axis=0)).ravel())) + 1e-6
    rows = normalize(counted[: len(texts)].multiply(rarity).tocsr())
    return np.clip((rows @ rows.T).toarray(), 0.0, 1.0)


def _grown(near: NDArray[np.float64], apart: float) -> NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering

    if len(near) == 1:
        return np.zeros(1, dtype=np.int64)
    grower = AgglomerativeClustering(
        n_clusters=None, affinity="precomputed", linkage="average", distance_threshold=apart
    )
    return np.asarray(grower.fit_predict(1.0 - near))


def _central_first(near: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    middle = near[np.ix_(group, group)].mean(axis=1)
    return np.asarray(group[np.argsort(-middle, kind="stable")])
