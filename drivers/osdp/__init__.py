"""OSDP readers (SIA OSDP 2.2, IEC 60839-11-5), in a process of their own for each line.

The edge's side: `config` says what hangs on a bus; `bus` keeps the process alive; `reader` and `portal` are what a gate
works with, `commands`, `keypad` and `identity` what they need. Between the two run `messages`. The process's side:
`bus_process` owns the line, `turns` says who speaks, `session` keeps one device, `supervision` tries it again, `frames`
and `guard` let whole and fitting replies through, and `library` is the only module that knows libosdp.
"""
