"""What customers ask about two topics, and about one that there is not yet."""

from __future__ import annotations

PAYMENT = [
    "赔款多久到账",
    "打款要几天",
    "赔的钱啥时候到",
    "多久打钱",
    "钱几天能下来",
    "付款要多久",
    "几天到账",
    "赔付要等几天",
]
GLASS = [
    "玻璃碎了赔吗",
    "挡风玻璃裂了",
    "车窗玻璃坏了赔不赔",
    "玻璃险赔什么",
    "天窗玻璃碎了",
    "玻璃被石子崩了",
    "前挡裂了",
    "玻璃碎了走哪个险",
]
PILES = ["充电桩坏了赔吗", "充电桩被撞坏了怎么办", "家里的充电桩烧了"]
