"""`sacs replay`: a recorded log played through real gates and a real broker into a controller of its own.

command.py is the command; passage_log.py and holders.py read what it is given; site.py gives every access point a gate;
system.py puts controller, broker and gates together; player.py moves time and plays; bookkeeping.py keeps the truth of
the log apart from the system; report.py is what comes out; progress.py shows how far it is. convert_vehicles.py makes
a log of a public data set.
"""
