"""Remembering what was made of a tree that many lines share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

_Tree = TypeVar("_Tree")
_Result = TypeVar("_Result")
_MOST = 100_000


class OncePerTree(Generic[_Tree, _Result]):
    """Calls a function once for each object, told apart by identity: comparing trees would cost what it saves."""

    def __init__(self, function: Callable[[_Tree], _Result], most: int = _MOST) -> None:
        self._function = function
        self._most = most
        self._results: dict[int, tuple[_Tree, _Result]] = {}  # holds the tree, so that its id stays its own

    def __call__(self, tree: _Tree) -> _Result:
        found = self._results.get(id(tree))
        if found is None:
            if len(self._results) >= self._most:
                self._results.clear()
            found = self._results[id(tree)] = (tree, self._function(tree))
        return found[1]
