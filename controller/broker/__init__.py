"""The broker of one controller: its rules, its configuration files, and the process under supervision.

Belongs here: everything between "this site has these gates and controllers" and a running nats-server or mosquitto
that serves exactly them. Does not belong here: clients of the broker, or certificates (controller/pki).
"""
