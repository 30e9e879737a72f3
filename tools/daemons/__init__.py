"""Starting and stopping the services that Nova needs, without an init system.

Only the standard library is used: these run before anything is installed.
"""
