"""The fit: logistic regression on standardised features, folded back into plain coefficients.

    z = b + Σ w_i (x_i - mean_i) / scale_i  =  (b - Σ w_i mean_i / scale_i) + Σ (w_i / scale_i) x_i

with a small ridge penalty (scikit-learn's C = 1), so that features that say the same share their
weight. A feature that never changes in the training worlds gets no weight. This is the one module
that loads scikit-learn (Pedregosa et al. (2011), JMLR 12).
"""

import numpy as np

from abm.units import Flags, Floats
from abm.venue.forecast import FEATURES, Forecast
from experiments.errors import StudyError

ITERATIONS = 1000
"""Most steps of the solver; it stops long before."""

LEAST_SCALE = 1e-12
"""A feature that varies less than this does not vary [1]."""


def require() -> None:
    """Refuse to begin without scikit-learn.

    Raises:
        StudyError: it is not installed.
    """
    try:
        import sklearn.linear_model  # noqa: F401
    except ModuleNotFoundError as error:
        raise StudyError(
            "forecasting needs the package scikit-learn; install it with: uv sync --extra forecast"
        ) from error


def fit(
    features: Floats, label: Flags, horizon_s: float, names: tuple[str, ...] = FEATURES
) -> Forecast:
    """Fit a forecast from the named features.

    Args:
        features: all of them `[N, F]`, in the order of `FEATURES`.
        label: what came `[N]`.
        horizon_s: within which it came.
        names: of the features that the forecast may use.

    Raises:
        StudyError: scikit-learn is not installed, or all labels are the same.
    """
    require()
    from sklearn.linear_model import LogisticRegression

    if label.all() or not label.any():
        always = "in every" if label.all() else "in no"
        raise StudyError(
            f"an account goes bankrupt {always} window of the training worlds, so there is nothing "
            "to learn; change --horizon or take another scenario"
        )
    chosen = features[:, [FEATURES.index(name) for name in names]]
    mean, scale = chosen.mean(axis=0), chosen.std(axis=0)
    varies = scale > LEAST_SCALE
    scale = np.where(varies, scale, 1.0)
    model = LogisticRegression(C=1.0, max_iter=ITERATIONS)
    model.fit((chosen - mean) / scale, label)
    weights = np.where(varies, model.coef_[0] / scale, 0.0)
    return Forecast(
        features=names,
        coefficients=tuple(weights.tolist()),
        intercept=float(model.intercept_[0] - (weights * mean).sum()),
        horizon_s=horizon_s,
    )
