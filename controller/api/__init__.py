"""The one HTTP API of the controller: live figures for everybody who may see the page, writing with the token.

Belongs here: resources, status codes, who may write. Does not belong here: what an act causes (service/), pages
(console/).
"""
