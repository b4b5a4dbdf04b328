"""Graphs of institutions, and weights on them: `[N, N]` sparse, row i has a claim on column j.

    erdos_renyi       every ordered pair with the same probability, mean degree z each way
    scale_free        directed preferential attachment, heavy-tailed degrees on both sides
    core_periphery    a complete core; each periphery institution deals with some of the core
    star, ring, complete

Graphs come from networkx with numpy's Generator, so that the same generator gives the same graph.
Weights then spread what an institution has lent over its debtors.

Sources: Erdős, Rényi, "On random graphs I" (1959); Bollobás, Borgs, Chayes, Riordan, "Directed
scale-free graphs", SODA (2003); Craig, von Peter, "Interbank tiering and money center banks",
J. Financial Intermediation 23 (2014) 322.
"""

import networkx as nx
import numpy as np
from scipy.sparse import csr_array

from abm.units import Floats


def _links(graph: nx.DiGraph, count: int) -> csr_array:
    """Zeros and ones, rows in the order 0 .. N - 1; no claims on oneself, no doubles."""
    simple = nx.DiGraph(graph)
    simple.remove_edges_from(list(nx.selfloop_edges(simple)))
    links = nx.to_scipy_sparse_array(
        simple, nodelist=range(count), dtype=np.float64, weight=None, format="csr"
    )
    return csr_array(links)


def _at_least(least: int, count: int) -> None:
    if count < least:
        raise ValueError(f"there are {count} institutions: give at least {least}")


def erdos_renyi(count: int, mean_degree: float, generator: np.random.Generator) -> csr_array:
    """Every ordered pair with probability z / (N - 1).

    Args:
        count: N >= 2.
        mean_degree: z in [0, N - 1], debtors and creditors of each.
        generator: the luck.

    Raises:
        ValueError: a number is out of its range.
    """
    _at_least(2, count)
    if not 0.0 <= mean_degree <= count - 1:
        raise ValueError(f"mean_degree is {mean_degree}: give a number in [0, {count - 1}]")
    if mean_degree == count - 1:
        return complete(count)
    chance = mean_degree / (count - 1)
    if 1.0 - chance == 1.0:  # networkx divides by log(1 - chance)
        return csr_array((count, count), dtype=np.float64)
    graph = nx.fast_gnp_random_graph(count, chance, seed=generator, directed=True)
    return _links(graph, count)


def scale_free(count: int, generator: np.random.Generator) -> csr_array:
    """Directed preferential attachment with networkx's default rates, doubles merged.

    Args:
        count: N >= 3.
        generator: the luck.

    Raises:
        ValueError: there are fewer than 3 institutions.
    """
    _at_least(3, count)
    return _links(nx.scale_free_graph(count, seed=generator), count)


def core_periphery(
    core: int, periphery: int, ties: int, generator: np.random.Generator
) -> csr_array:
    """A complete core; each periphery institution lends to and borrows from `ties` of the core.

    Args:
        core: institutions 0 .. core - 1, at least 1.
        periphery: institutions after these, at least 0.
        ties: in [1, core], drawn without repetition.
        generator: the luck.

    Raises:
        ValueError: a number is out of its range.
    """
    _at_least(1, core)
    if periphery < 0 or not 1 <= ties <= core:
        raise ValueError(f"ties is {ties}: give between 1 and {core}, and no negative periphery")
    graph = nx.complete_graph(core, create_using=nx.DiGraph)
    graph.add_nodes_from(range(core + periphery))
    for outer in range(core, core + periphery):
        for inner in generator.choice(core, size=ties, replace=False):
            graph.add_edges_from([(outer, int(inner)), (int(inner), outer)])
    return _links(graph, core + periphery)


def star(count: int) -> csr_array:
    """Institution 0 deals with all others both ways, they with nobody else; N >= 2."""
    _at_least(2, count)
    return _links(nx.star_graph(count - 1).to_directed(), count)


def complete(count: int) -> csr_array:
    """Everybody has a claim on everybody else; N >= 2."""
    _at_least(2, count)
    return _links(nx.complete_graph(count, create_using=nx.DiGraph), count)


def ring(count: int) -> csr_array:
    """Institution i has a claim on i + 1, the last on 0; N >= 2."""
    _at_least(2, count)
    return _links(nx.cycle_graph(count, create_using=nx.DiGraph), count)


def even_exposures(links: csr_array, lent_usd: Floats | float) -> csr_array:
    """Spread what each has lent evenly over its debtors; who has none lends nothing.

    Args:
        links: `[N, N]` zeros and ones.
        lent_usd: `[N]` or one number, USD that each lends in all, >= 0.
    """
    return _spread(links, np.ones(links.nnz), lent_usd)


def lognormal_exposures(
    links: csr_array, lent_usd: Floats | float, deviation: float, generator: np.random.Generator
) -> csr_array:
    """Spread what each has lent over its debtors in proportion to exp(deviation * normal).

    Args:
        links: `[N, N]` zeros and ones.
        lent_usd: `[N]` or one number, USD that each lends in all, >= 0.
        deviation: standard deviation of the log, >= 0; 0 is even.
        generator: the luck, in the order of the sparse entries.

    Raises:
        ValueError: the deviation is negative.
    """
    if not deviation >= 0.0:
        raise ValueError(f"deviation is {deviation}: give a number of at least 0")
    return _spread(links, np.exp(deviation * generator.standard_normal(links.nnz)), lent_usd)


def _spread(links: csr_array, proportion: Floats, lent_usd: Floats | float) -> csr_array:
    """Rows in proportion, each with the total that is lent."""
    count = links.shape[0]
    lent = np.broadcast_to(np.asarray(lent_usd, np.float64), count)
    if not (lent >= 0.0).all():
        raise ValueError("lent_usd: give USD of at least 0")
    row = np.repeat(np.arange(count), np.diff(links.indptr))
    total = np.bincount(row, weights=proportion, minlength=count)
    exposures = csr_array(links, dtype=np.float64, copy=True)
    exposures.data = proportion * (lent / np.where(total > 0.0, total, 1.0))[row]
    return exposures
