"""OSDP readers (SIA OSDP 2.2, IEC 60839-11-5) through libosdp, in a process of its own.

`config` says what hangs on a bus; `bus` is the edge's side and `bus_process` the process that owns the line;
between them run
`messages`. `library` is the only module that knows libosdp.
"""
