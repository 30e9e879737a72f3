"""The grammar: time, versions, shapes, policies, states, actions, operations, workflows."""
