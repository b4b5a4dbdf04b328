"""Losses that travel between institutions: an instrument fed with claims, that knows no venue.

    network               who owes whom: one value in compressed rows
    files                 the same as networkx graphs, GraphML and CSV
    division              an estate among claims: in proportion, in order, equally, by the Talmud
    payments              the map whose fixed points are clearing vectors, compiled
    iteration             its least and greatest fixed point, compiled; `clear_in_place`
    clearing              `clear`: greatest and least clearing vector, equity, waves of default
    fictitious_default    the exact algorithm
    transmission          stress passed on with a factor
    reference             the readable twin over dictionaries

Shapes: N institutions (nodes), M claims (edges).
"""

from abm.contagion.clearing import Clearing as Clearing
from abm.contagion.clearing import clear as clear
from abm.contagion.division import RULES as RULES
from abm.contagion.division import DivisionRule as DivisionRule
from abm.contagion.division import divide as divide
from abm.contagion.fictitious_default import FictitiousDefault as FictitiousDefault
from abm.contagion.fictitious_default import fictitious_default as fictitious_default
from abm.contagion.files import from_networkx as from_networkx
from abm.contagion.files import read_csv as read_csv
from abm.contagion.files import read_graphml as read_graphml
from abm.contagion.files import to_networkx as to_networkx
from abm.contagion.files import write_csv as write_csv
from abm.contagion.files import write_graphml as write_graphml
from abm.contagion.inputs import claims_of as claims_of
from abm.contagion.iteration import clear_in_place as clear_in_place
from abm.contagion.network import Claim as Claim
from abm.contagion.network import Edges as Edges
from abm.contagion.network import Network as Network
from abm.contagion.payments import Claims as Claims
from abm.contagion.payments import State as State
from abm.contagion.payments import Terms as Terms
from abm.contagion.payments import new_state as new_state
from abm.contagion.transmission import Transmission as Transmission
from abm.contagion.transmission import transmit as transmit
