"""Losses that travel between institutions: an instrument fed with claims, that knows no venue.

who owes whom
    network               one value in compressed rows
    files                 the same as networkx graphs, GraphML and CSV
    exposures             the same as a matrix of exposures, and back
    generators            random and regular graphs, and exposures on them
    reconstruction        the network of maximum entropy with given totals
what is paid
    division              an estate among claims: in proportion, in order, equally, by the Talmud
    payments              the map whose fixed points are clearing vectors, compiled
    inputs                what callers give, checked, as the kernels read it
    iteration             its least and greatest fixed point, compiled; `clear_in_place`
    clearing              `clear`: greatest and least clearing vector, equity, waves of default
    fictitious_default    the exact algorithm
    transmission          stress passed on with a factor
    reference             the readable twin over dictionaries
who is in distress
    distress              DebtRank, of 2012 and differential
    standing              its linear rest, solved at once
    valuation             what claims are worth: Eisenberg-Noe, Furfine, DebtRank, Merton, Black-Cox
    layers                several layers of exposures, and their spectral radius
    susceptibility        paths of default that lead to an institution
    thresholds            when one default spreads over a whole network
    cross_holdings        institutions that own shares of each other
    shock_size            how large a shock has to be, whatever the graph
    amplification         losses after per losses before, reach, chains of collateral
what is sold
    price_impact          what selling does to prices
    firesale              sales to restore a constraint, prices, constraints again
    portfolios            who fails sells all it holds
    leverage_targeting    banks that target leverage, and common assets
    liquidity             funding and learning spirals, quoted depth
    hedge_legs            how much of a venue's positions is hedged on another
    reproduction          un-hedging: further liquidations per liquidation

Whatever takes exposures (A_ij, what i has lent to j) takes a `Network` as well, in which j owes
A_ij to i; where equity or outside assets are left out, its columns "equity" and "outside_assets"
are read. `Claims`, the compressed rows that kernels read, are made by `claims_of(network)`.

Shapes: N institutions (nodes), M claims (edges).
"""

from abm.contagion.amplification import amplification as amplification
from abm.contagion.amplification import collateral_multiplier as collateral_multiplier
from abm.contagion.amplification import reach as reach
from abm.contagion.clearing import Clearing as Clearing
from abm.contagion.clearing import clear as clear
from abm.contagion.cross_holdings import FailureCascade as FailureCascade
from abm.contagion.cross_holdings import dependency_matrix as dependency_matrix
from abm.contagion.cross_holdings import even_shares as even_shares
from abm.contagion.cross_holdings import failure_cascade as failure_cascade
from abm.contagion.cross_holdings import shares_from_claims as shares_from_claims
from abm.contagion.distress import Distress as Distress
from abm.contagion.distress import capped_leverage as capped_leverage
from abm.contagion.distress import debtrank as debtrank
from abm.contagion.distress import differential_debtrank as differential_debtrank
from abm.contagion.distress import distress_path as distress_path
from abm.contagion.distress import loss_of_each_default as loss_of_each_default
from abm.contagion.distress import relative_leverage as relative_leverage
from abm.contagion.distress import systemic_loss as systemic_loss
from abm.contagion.division import RULES as RULES
from abm.contagion.division import DivisionRule as DivisionRule
from abm.contagion.division import divide as divide
from abm.contagion.exposures import exposures_of as exposures_of
from abm.contagion.exposures import network_of_exposures as network_of_exposures
from abm.contagion.fictitious_default import FictitiousDefault as FictitiousDefault
from abm.contagion.fictitious_default import fictitious_default as fictitious_default
from abm.contagion.files import from_networkx as from_networkx
from abm.contagion.files import layers_to_networkx as layers_to_networkx
from abm.contagion.files import read_csv as read_csv
from abm.contagion.files import read_graphml as read_graphml
from abm.contagion.files import to_networkx as to_networkx
from abm.contagion.files import write_csv as write_csv
from abm.contagion.files import write_graphml as write_graphml
from abm.contagion.firesale import CashNeed as CashNeed
from abm.contagion.firesale import FireSale as FireSale
from abm.contagion.firesale import LeverageCap as LeverageCap
from abm.contagion.firesale import SaleRule as SaleRule
from abm.contagion.firesale import cash_need_price as cash_need_price
from abm.contagion.firesale import fire_sale as fire_sale
from abm.contagion.firesale import unstable_cash_need_price as unstable_cash_need_price
from abm.contagion.generators import complete as complete
from abm.contagion.generators import core_periphery as core_periphery
from abm.contagion.generators import erdos_renyi as erdos_renyi
from abm.contagion.generators import even_exposures as even_exposures
from abm.contagion.generators import lognormal_exposures as lognormal_exposures
from abm.contagion.generators import ring as ring
from abm.contagion.generators import scale_free as scale_free
from abm.contagion.generators import star as star
from abm.contagion.hedge_legs import hedge_legs as hedge_legs
from abm.contagion.hedge_legs import hedged_share as hedged_share
from abm.contagion.inputs import claims_of as claims_of
from abm.contagion.iteration import clear_in_place as clear_in_place
from abm.contagion.layers import LayerStress as LayerStress
from abm.contagion.layers import joint_leverage as joint_leverage
from abm.contagion.layers import spectral_radius as spectral_radius
from abm.contagion.layers import stress_layers as stress_layers
from abm.contagion.leverage_targeting import LeverageTargeters as LeverageTargeters
from abm.contagion.leverage_targeting import endogenous_correlation as endogenous_correlation
from abm.contagion.leverage_targeting import volatility_factor as volatility_factor
from abm.contagion.liquidity import cross_learning_multiplier as cross_learning_multiplier
from abm.contagion.liquidity import funding_multiplier as funding_multiplier
from abm.contagion.liquidity import quoted_depth as quoted_depth
from abm.contagion.network import Claim as Claim
from abm.contagion.network import Edges as Edges
from abm.contagion.network import Network as Network
from abm.contagion.payments import Claims as Claims
from abm.contagion.payments import State as State
from abm.contagion.payments import Terms as Terms
from abm.contagion.payments import new_state as new_state
from abm.contagion.portfolios import TENTH_FOR_TENTH as TENTH_FOR_TENTH
from abm.contagion.portfolios import OverlapCascade as OverlapCascade
from abm.contagion.portfolios import offspring_matrix as offspring_matrix
from abm.contagion.portfolios import overlap_cascade as overlap_cascade
from abm.contagion.price_impact import KYLE_OBIZHAEVA_COST as KYLE_OBIZHAEVA_COST
from abm.contagion.price_impact import ExponentialImpact as ExponentialImpact
from abm.contagion.price_impact import Impact as Impact
from abm.contagion.price_impact import KyleMarket as KyleMarket
from abm.contagion.price_impact import LinearImpact as LinearImpact
from abm.contagion.price_impact import SquareRootImpact as SquareRootImpact
from abm.contagion.price_impact import critical_leverage as critical_leverage
from abm.contagion.price_impact import invariant_impact as invariant_impact
from abm.contagion.price_impact import perp_deficit as perp_deficit
from abm.contagion.price_impact import quantity_for_fall as quantity_for_fall
from abm.contagion.price_impact import square_root_fall as square_root_fall
from abm.contagion.reconstruction import maximum_entropy as maximum_entropy
from abm.contagion.reproduction import UnHedging as UnHedging
from abm.contagion.reproduction import common_price_number as common_price_number
from abm.contagion.reproduction import neutral_rehedging as neutral_rehedging
from abm.contagion.reproduction import progeny_mean as progeny_mean
from abm.contagion.reproduction import progeny_probability as progeny_probability
from abm.contagion.reproduction import progeny_variance as progeny_variance
from abm.contagion.reproduction import simulated_progeny as simulated_progeny
from abm.contagion.shock_size import contagion_impossible as contagion_impossible
from abm.contagion.shock_size import critical_claims as critical_claims
from abm.contagion.shock_size import critical_shock as critical_shock
from abm.contagion.shock_size import network_loss_bound as network_loss_bound
from abm.contagion.shock_size import ring_defaults as ring_defaults
from abm.contagion.susceptibility import impact_fluidity as impact_fluidity
from abm.contagion.susceptibility import impact_susceptibility as impact_susceptibility
from abm.contagion.thresholds import cascade_sizes as cascade_sizes
from abm.contagion.thresholds import contagion_window as contagion_window
from abm.contagion.thresholds import fatal_degree as fatal_degree
from abm.contagion.thresholds import network_resilience as network_resilience
from abm.contagion.thresholds import poisson_resilience as poisson_resilience
from abm.contagion.thresholds import threshold_cascade as threshold_cascade
from abm.contagion.transmission import Transmission as Transmission
from abm.contagion.transmission import transmit as transmit
from abm.contagion.valuation import EisenbergNoe as EisenbergNoe
from abm.contagion.valuation import ExAnteBlackCox as ExAnteBlackCox
from abm.contagion.valuation import ExAnteMerton as ExAnteMerton
from abm.contagion.valuation import Furfine as Furfine
from abm.contagion.valuation import LinearDebtRank as LinearDebtRank
from abm.contagion.valuation import Valuation as Valuation
from abm.contagion.valuation import network_equity as network_equity
