"""Smart cards at PC/SC readers: PIV, DESFire, and cards of which no more than a serial number is known.

Modules that import `smartcard` (service.py and whatever stands on it) are loaded only where a PC/SC reader is
configured; the judges know nothing of the service.
"""
