"""OSDP (SIA OSDP 2.2, IEC 60839-11-5) as a peripheral device and a witness of the bus speak it, without any I/O.

One file per layer, in the standard's words: `codes` (Annex A), `frame` (5.9, Annex C), `secure_channel` (Annex D),
`commands` and `replies` (6 and 7), `device` (a peripheral device: bytes in, bytes out, `now_s` from outside), `trace`
(what a witness makes of the bytes of a bus) and `capture` (their file format).

Written from the standard alone: it shares nothing with the drivers or with libosdp, because a mistake must not stand on
both sides of the wire (docs/adr/0015). Not simulated: biometrics, file transfer, smart card transparency (PIV).
"""
