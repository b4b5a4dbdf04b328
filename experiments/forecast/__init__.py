"""A fitted forecast of bankruptcies, with its skill out of sample: `adlab forecast SCENARIO`.

worlds     simulate, and write down what each venue sees and what happens next
fitting    the logistic regression (the one module that loads scikit-learn)
skill      ROC area, Brier score, log loss; intervals by resampling whole worlds
report     forecast.json, skill.csv, tables for the figure
options, command   the verb
"""
