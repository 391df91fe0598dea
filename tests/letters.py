"""An embedder that needs no model, and phrasings for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from faq.semantic import normalised

PHRASINGS = {
    "time.payment": ["赔款多久到账", "钱几天到", "打款要多久", "赔的钱啥时候来", "多久打钱", "几天赔付"],
    "coverage.glass": [
        "玻璃碎了赔吗",
        "挡风玻璃裂了",
        "车窗坏了保险赔不赔",
        "玻璃险赔什么",
        "天窗碎了",
        "玻璃单独破碎",
    ],
    "service.human": ["转人工几点上班", "客服电话多少", "人工在哪里", "找客服", "客服几点下班", "人工客服时间"],
    "near.life": ["寿险怎么买", "重疾险多少钱", "医疗险能报吗", "养老险划算吗", "意外险怎么买", "少儿险哪家好"],
}
TEXTS = [text for texts in PHRASINGS.values() for text in texts]


class Letters:
    """An embedder without a model: which characters a text has."""

    name = "letters"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for character in text:
                row[ord(character) % 512] += 1
        return normalised(rows + 1e-6)
