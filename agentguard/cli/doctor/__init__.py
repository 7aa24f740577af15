"""`agentguard doctor`: try the guard as it is installed, and say which of it works and what that is worth.

Promises: the hooks of the settings are started as their agent would start them, with events that ask for what must be
denied; nothing that they ask for is ever run, and no broker is stopped. Refuses to call a guard good that it has not
seen deny. It writes nothing but what a hook writes: a broker may start, and the log tells of the events.
"""

from agentguard.cli.doctor.command import doctor as command

__all__ = ["command"]
