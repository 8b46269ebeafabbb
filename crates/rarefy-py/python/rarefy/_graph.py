"""Graphs that networks are wired as, and that networks become."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rarefy import _native

#: The families of random graphs, each with what it is.
FAMILIES: dict[str, str] = dict(_native.families())


@dataclass(frozen=True)
class Graph:
    """A graph of nodes 0 to `nodes - 1`.

    `edges` are pairs of nodes; `weights` has one number for each edge, or is None. The graph of a
    network is directed: an edge leads from the unit that is read to the unit that reads.

        >>> Graph.generate("watts_strogatz", nodes=20, k=4, p=0.1, seed=1).nodes
        20
    """

    nodes: int
    edges: list[tuple[int, int]]
    weights: list[float] | None = None
    directed: bool = False

    @classmethod
    def generate(cls, family: str, *, seed: int = 0, **parameters: float) -> Graph:
        """Draw a graph of a family (`FAMILIES`), always the same for the same seed.

        Parameters are those of the family: `nodes`, and `m`, `k`, `p`, `edges`, `degree`.
        """
        nodes, edges = _native.generate(family, json.dumps(parameters), seed)
        return cls(nodes, edges)

    @classmethod
    def from_networkx(cls, graph: Any) -> Graph:
        """Take over a graph of NetworkX; its nodes are numbered in their order."""
        number = {node: at for at, node in enumerate(graph)}
        edges = list(graph.edges(data="weight"))
        weights = [weight for _, _, weight in edges]
        return cls(
            len(number),
            [(number[a], number[b]) for a, b, _ in edges],
            None if any(weight is None for weight in weights) else weights,
            graph.is_directed(),
        )

    def to_networkx(self) -> Any:
        """Give the graph to NetworkX: a `DiGraph` if it is directed, else a `Graph`."""
        import networkx

        graph = networkx.DiGraph() if self.directed else networkx.Graph()
        graph.add_nodes_from(range(self.nodes))
        if self.weights is None:
            graph.add_edges_from(self.edges)
        else:
            weighted: Iterable[tuple[tuple[int, int], float]] = zip(
                self.edges, self.weights, strict=True
            )
            graph.add_weighted_edges_from((a, b, weight) for (a, b), weight in weighted)
        return graph

    def __repr__(self) -> str:
        """Show its size alone."""
        kind = "directed graph" if self.directed else "graph"
        return f"<{kind} of {self.nodes} nodes and {len(self.edges)} edges>"
