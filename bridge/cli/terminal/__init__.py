"""What the terminal shows: inert text, few colours, aligned columns, local times.

stdout carries the result; progress, warnings and errors go to stderr, so that a pipe stays clean.
"""
