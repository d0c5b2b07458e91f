"""What programs do as officers: signing in as everybody does, and the ceremony by which a new site gets its officers.

`caller.py`: one officer's session over HTTP. `ceremony.py`: first accounts, further ones, authorizations, briefings,
for sites that are simulated. Belongs here: clients of the API's sessions. Does not belong here: what they do then.
"""
