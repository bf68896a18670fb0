"""Fictitious names in two languages, made of syllables; no real place is meant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIRST = (
    "潮 Chao",
    "望 Wang",
    "碧 Bi",
    "锦 Jin",
    "云 Yun",
    "鹿 Lu",
    "青 Qing",
    "松 Song",
    "枫 Feng",
    "澄 Cheng",
    "月 Yue",
    "银 Yin",
    "晓 Xiao",
    "朝 Zhao",
    "永 Yong",
    "景 Jing",
    "和 He",
    "泰 Tai",
    "福 Fu",
    "康 Kang",
    "明 Ming",
    "新 Xin",
    "金 Jin",
    "白 Bai",
    "归 Gui",
    "听 Ting",
    "瑞 Rui",
    "翠 Cui",
    "岭 Ling",
    "沙 Sha",
)
SECOND = (
    "声 sheng",
    "帆 fan",
    "涛 tao",
    "湾 wan",
    "栖 qi",
    "岚 lan",
    "桥 qiao",
    "塘 tang",
    "泉 quan",
    "屿 yu",
    "港 gang",
    "滨 bin",
    "麓 lu",
    "坪 ping",
    "溪 xi",
    "岸 an",
    "里 li",
    "汀 ting",
    "渡 du",
    "埠 bu",
    "阁 ge",
    "园 yuan",
    "田 tian",
    "崖 ya",
)

Texts = NDArray[np.object_]


def names(
    count: int, zh: str | Texts, en: str | Texts, rng: np.random.Generator
) -> tuple[Texts, Texts]:
    """``count`` names with suffixes such as 社区 / Community; numbered when reused."""
    first = [a.split() for a in FIRST]
    second = [a.split() for a in SECOND]
    pairs = [(a[0] + b[0], a[1] + b[1]) for a in first for b in second if a[0] != b[0]]
    order = rng.permutation(len(pairs))
    pick = order[np.arange(count) % len(pairs)]
    lap = np.arange(count) // len(pairs)
    number = np.array(
        ["" if n == 0 else str(n + 1) for n in range(int(lap.max(initial=0)) + 1)], dtype=object
    )[lap]
    table = np.array(pairs, dtype=object)[pick].reshape(count, 2)
    space = np.where(number == "", "", " ")
    return table[:, 0] + number + zh, table[:, 1] + space + number + " " + en
