"""A scenario file to begin with, each key explained."""

TEMPLATE = '''\
# A scenario: what is assumed besides the model. Check it with "forecast scenario check {name}.yaml", look at it with
# "forecast scenario plot {name}.yaml", run it with "forecast run {parent} {name}.yaml".
# Text after "#" is a remark. Every key that is not understood is reported with its line.

name: {name}                      # short, in lower case; labels tables and figures
title: {title}
description: >-
  What is assumed, in a sentence or two.
extends: {parent}.yaml            # everything that file says holds, unless it is said otherwise here
# dyad: us_xx                     # id of the dyad for which the sizes below are argued

# outcome: {{harris: 0.5, trump: 0.5}}   # leave the election open, with probabilities that add up to one

# Sizes are numbers, or distributions where you are unsure: {{normal: [mean, sd]}}, {{uniform: [low, high]}},
# {{student_t: [nu, mean, scale]}}, {{triangular: [low, mode, high]}}, {{beta: [alpha, beta]}} and others.
# Scales: rate, the log number of contacts (0.10 is about 10 % more); topic, log odds that a contact names it; outcome, log odds
# of a higher one; tone, log odds of a more favourable page (us, or kz: the key of the partner's media, whoever the partner is);
# state, standard deviations of the relation's usual swings.

# adjustments:                    # for the whole term
#   rate: {{cabinet: {{normal: [0.10, 0.10]}}}}
#   topic: {{trade: 0.2}}

# cabinet:                        # an official with habits of their own
#   - id: secretary_of_state
#     title: A secretary who travels
#     rank: cabinet
#     share: 0.6                  # of the contacts of that rank are this person's
#     appetite: {{normal: [0.2, 0.2]}}   # log factor on these
#     reason: Why.

# questions:                      # dated questions that coded contacts will answer; asked beside those of {parent}.yaml
#   - id: my_question
#     text: Do the two presidents meet in person by the end of 2026?
#     background: Why it is asked, and how often it happened before.
#     contacts: {{rank: [president], format: [visit, meeting]}}  # also direction, topic, mechanism, outcome; all must hold
#     window: [2025-01, 2026-12]    # first and last month
#     at_least: 1                   # or at_most
#     resolution: A row of contacts.csv of this rank and format with a date in the window.

events:
  - id: my_event                  # short name, used once
    title: Something happens
    date: 2026-06                 # or window: [2025-06, 2027-06], or hazard: 0.02 (chance a month), or after: other_event
    # probability: 0.5            # it may not happen at all
    # unless: other_event         # not once the other has happened
    shape: step                   # at once and for good; pulse with half_life_months; ramp with ramp_months
    # duration_months: 12         # a step that ends
    reason: Why the sizes are what they are, and what they rest on.
    effects:
      rate:
        all: {{normal: [0.00, 0.10]}}
'''


def template(name: str, parent: str) -> str:
    """Text of a new scenario that extends another."""
    return TEMPLATE.format(name=name, parent=parent, title=name.replace("_", " ").capitalize())
