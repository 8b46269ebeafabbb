"""What NetworkX and NumPy say about directed graphs: the numbers of directed.json.

    python directed.py > directed.json

The graphs follow from integers alone, so that the test makes the same ones. Balance is counted
triple by triple.
"""

import itertools
import json

import networkx as nx
import numpy as np

# Nodes, edges per thousand pairs, seed.
GRAPHS = [(2, 1000, 1), (5, 600, 2), (12, 300, 3), (12, 900, 4), (30, 100, 5), (30, 1000, 6),
          (70, 80, 7), (70, 500, 8), (90, 1000, 9), (130, 50, 10)]

AVERAGED = ["030T", "120D", "120U", "300"]


def graph(nodes: int, density: int, seed: int) -> nx.DiGraph:
    found = nx.DiGraph()
    found.add_nodes_from(range(nodes))
    for i, j in itertools.product(range(nodes), repeat=2):
        h = (i * 73856093 ^ j * 19349663 ^ seed * 83492791) % 2**32
        h = (h ^ h >> 13) * 1274126177 % 2**32
        h ^= h >> 16
        weight = (h // 1000 % 41 - 20) / 8
        if h % 1000 < density and weight != 0:
            found.add_edge(i, j, weight=weight)
    return found


def balance(proper: nx.DiGraph) -> dict:
    counts = {name: [0, 0] for name in ["030T", "120D", "120U", "300", "120C", "210"]}
    for i, j in proper.edges:
        for k in proper.successors(j):
            if k != i and proper.has_edge(i, k):
                type = nx.triad_type(proper.subgraph([i, j, k]))
                signs = [proper.edges[e]["weight"] for e in [(i, j), (j, k), (i, k)]]
                counts[type][0] += 1
                counts[type][1] += np.prod(np.sign(signs)) > 0
    shares = [counts[type][1] / counts[type][0] for type in AVERAGED if counts[type][0]]
    return {
        "motifs": {type: [int(count) for count in of] for type, of in counts.items()},
        "balance_by_type": float(np.mean(shares)) if shares else None,
    }


def measure(nodes: int, density: int, seed: int) -> dict:
    all = graph(nodes, density, seed)
    proper = all.copy()
    proper.remove_edges_from(list(nx.selfloop_edges(all)))
    undirected = proper.to_undirected()
    matrix = nx.to_numpy_array(all, nodelist=range(nodes))
    radius = lambda matrix: float(np.abs(np.linalg.eigvals(matrix)).max())
    parts = nx.community.greedy_modularity_communities(undirected, weight=None)
    of = {node: number for number, part in enumerate(parts) for node in part}
    into, out = ([degree for _, degree in view()] for view in (proper.in_degree, proper.out_degree))
    return {
        "graph": [nodes, density, seed],
        "edges": proper.number_of_edges(),
        "self_loops": nx.number_of_selfloops(all),
        "triads": nx.triadic_census(proper),
        "reciprocity": nx.overall_reciprocity(proper),
        "density": nx.density(proper),
        "in_degree_std": float(np.std(into, ddof=1)),
        "out_degree_std": float(np.std(out, ddof=1)),
        "spectral_radius": radius(matrix),
        "adjacency_spectral_radius": radius((matrix != 0).astype(float)),
        "clustering": nx.average_clustering(undirected),
        "transitivity": nx.transitivity(undirected),
        "partition": [of[node] for node in range(nodes)],
        "modularity": nx.community.modularity(undirected, parts, weight=None),
        **balance(proper),
    }


if __name__ == "__main__":
    graphs = [measure(*graph) for graph in GRAPHS]
    rows = ",\n".join(json.dumps(graph) for graph in graphs)
    print(f'{{"networkx": "{nx.__version__}", "numpy": "{np.__version__}", "graphs": [\n{rows}\n]}}')
