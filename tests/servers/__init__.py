"""Real servers for the tests: Redmine, Dovecot, an SMTP server, PostgreSQL, and certificates.

Every server runs from Debian's package on a loopback port of its own, with its data in a temporary
directory of its own, as an ordinary user. An instance the developer may already have is never read
or changed. `README.md` in this directory shows each fixture in use.
"""
