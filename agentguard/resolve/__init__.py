"""Where an effect lands: the environment each program would really reach, from files and variables only.

One file per kind of target, each with `resolve(subject) -> Environment`; RESOLVERS is the list, no discovery.
"""

from agentguard.resolve.switch import choosing
from agentguard.resolve.target import RESOLVERS, resolve

__all__ = ["RESOLVERS", "choosing", "resolve"]
