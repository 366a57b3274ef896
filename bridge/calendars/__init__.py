"""The parts of the working calendar: hours as written, public holidays, dates, one line of time.

Use them through :mod:`bridge.calendars.worktime`.
"""
