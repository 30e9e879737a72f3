"""The samples of the contract, each replayed in a situation in which it can be asked.

``sample``  what is to be asked, and the shape of the answer
``shape``   comparing an answer with a shape
``world``   clouds to ask: one for all that only look, one for each route that changes
``servers`` servers of every sort
``living``  a whole cloud, for what hosts answer
``paths``   addresses with their gaps filled; ``bodies`` with what is there
``replay``  asking
"""
