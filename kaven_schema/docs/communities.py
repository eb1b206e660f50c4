"""Groups of things that are linked to each other more than to the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

_Neighbours = dict[int, dict[int, float]]
# At 1 a few links between two families would make one group of them, the more of them there are.
_FINE, _PLAIN, _FEW = 2.0, 1.0, 20


def communities(names: Sequence[str], links: Mapping[tuple[str, str], float]) -> list[list[str]]:
    """By Clauset, Newman and Moore's greedy modularity: join the pair that gains most until none gains.

    The same input gives the same groups, each in the order of `names`.
    """
    number = {name: index for index, name in enumerate(names)}
    neighbours: _Neighbours = {index: {} for index in range(len(names))}
    for (one, other), weight in links.items():
        neighbours[number[one]][number[other]] = weight
        neighbours[number[other]][number[one]] = weight
    groups = _join(neighbours, _FINE if len(names) > _FEW else _PLAIN)
    return [[names[index] for index in group] for group in groups]


def _join(neighbours: _Neighbours, resolution: float) -> list[list[int]]:
    total = sum(map(sum, (found.values() for found in neighbours.values())))
    members = {index: [index] for index in neighbours}
    share = {index: sum(found.values()) / total if total else 0.0 for index, found in neighbours.items()}

    def gain(one: int, other: int) -> float:
        return neighbours[one].get(other, 0.0) / total - resolution * share[one] * share[other]

    heap = [
        (-gain(one, other), one, other) for one, found in neighbours.items() for other in found if one < other
    ]
    heapify(heap)
    while heap:
        negative, one, other = heappop(heap)
        if one not in members or other not in members:
            continue
        now = gain(one, other)
        if now <= 0:
            continue
        if -negative != now:
            heappush(heap, (-now, one, other))
            continue
        _merge(neighbours, share, members, one, other)
        for third in neighbours[one]:
            low, high = min(one, third), max(one, third)
            heappush(heap, (-gain(low, high), low, high))
    return sorted(sorted(group) for group in members.values())


def _merge(
    neighbours: _Neighbours, share: dict[int, float], members: dict[int, list[int]], one: int, other: int
) -> None:
    for third, weight in neighbours.pop(other).items():
        del neighbours[third][other]
        if third != one:
            neighbours[one][third] = neighbours[third][one] = neighbours[one].get(third, 0.0) + weight
    share[one] += share.pop(other)
    members[one] += members.pop(other)
