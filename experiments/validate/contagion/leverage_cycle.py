"""Risk limits that follow measured risk make the cycle they guard against. C8.

A bank holds a share w_B of its assets in stock, the rest in safe assets, and aims at the leverage

    target = alpha (s2 + s0^2)^b           s2: exponential average of squared returns

b = -1/2 is a value-at-risk limit, b = 0 a fixed leverage. With E the bank's equity and A = n p / w_B
its assets, it borrows theta tau (target E - A) and buys w_B of that; dividends eta tau (E* - E) keep
its equity near E*; a fund buys below the fundamental value mu, at speed rho, with noise of
deviation s:

    p' = [w_B (c_B + dL) + w_F c_F] / [1 - w_B n - w_F (1 - n)]          c: cash of bank and fund

The rule is compared at equal leverage: alpha = target (v0^2 + s0^2)^(-b) gives the same target when
the stock has only its exogenous risk v0. A run is unstable when its returns are more than twice as
large as without any bank's debt, or when no price clears any more.

Sources: Aymanns & Farmer, Journal of Economic Dynamics and Control 50, 2015, "The dynamics of the
leverage cycle"; the form of the model is that of Aymanns, Caccioli, Farmer & Tan, Journal of
Financial Stability 27, 2016, "Taming the Basel leverage cycle", with constant noise.
"""
