"""What NetworkX's random graphs are like on average: the numbers of families.json.

    python families.py > families.json

Mean and sample standard deviation over 2,000 graphs of each family.
"""

import json
import statistics

import networkx as nx

GRAPHS = 2000

FAMILIES = {
    "barabasi_albert_30_3": lambda seed: nx.barabasi_albert_graph(30, 3, seed=seed),
    "barabasi_albert_50_5": lambda seed: nx.barabasi_albert_graph(50, 5, seed=seed),
    "watts_strogatz_30_6_0.1": lambda seed: nx.watts_strogatz_graph(30, 6, 0.1, seed=seed),
    "connected_watts_strogatz_20_4_1": lambda seed: nx.connected_watts_strogatz_graph(
        20, 4, 1.0, tries=100, seed=seed
    ),
    "connected_watts_strogatz_50_10_1": lambda seed: nx.connected_watts_strogatz_graph(
        50, 10, 1.0, tries=100, seed=seed
    ),
    "random_regular_20_3": lambda seed: nx.random_regular_graph(3, 20, seed=seed),
    "gnm_20_60": lambda seed: nx.gnm_random_graph(20, 60, seed=seed),
}

MEASURES = {
    "mean_degree": lambda g: 2 * g.number_of_edges() / g.number_of_nodes(),
    "clustering": nx.average_clustering,
    "degree_std": lambda g: statistics.stdev(degree for _, degree in g.degree()),
    "mean_distance": nx.average_shortest_path_length,
}


def measure(make) -> dict:
    graphs = [make(seed) for seed in range(GRAPHS)]
    connected = [graph for graph in graphs if nx.is_connected(graph)]
    found = {"graphs": GRAPHS, "connected": len(connected)}
    for name, measure in MEASURES.items():
        values = [measure(graph) for graph in (connected if "distance" in name else graphs)]
        found[name] = {"mean": statistics.mean(values), "std": statistics.stdev(values)}
    return found


if __name__ == "__main__":
    families = {name: measure(make) for name, make in FAMILIES.items()}
    print(json.dumps({"networkx": nx.__version__, "families": families}, indent=1))
