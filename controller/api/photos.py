"""Photos of holders: put, looked at, taken away, by whoever keeps passes.

Belongs here: the resource. Does not belong here: what a photo is (service/photos.py).
"""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Response

from contract.ids import HolderId
from controller.api.access import Access
from controller.domain.rights.deeds import Deed
from controller.service.site.photos import Photos

_JPEG = "image/jpeg"


def photos_router(photos: Photos, access: Access) -> APIRouter:
    """Return the resource."""
    router = APIRouter(prefix="/api/holders", tags=["reference"])
    may_write = [Depends(access.to(Deed.WRITE_REFERENCE))]

    @router.put("/{holder}/photo", status_code=204, dependencies=may_write)
    def put(holder: HolderId, photo: Annotated[bytes, Body(media_type=_JPEG)]) -> None:
        """Give a holder a photo: a JPEG of at most 16 KiB; the screens of gates have it within seconds."""
        if not photos.put(holder, photo):
            raise HTTPException(404, "no such holder")

    @router.delete("/{holder}/photo", status_code=204, dependencies=may_write)
    def remove(holder: HolderId) -> None:
        """Take a holder's photo away."""
        if not photos.remove(holder):
            raise HTTPException(404, "no such holder, or he has no photo")

    @router.get(
        "/{holder}/photo",
        dependencies=[Depends(access.to(Deed.SEE_REFERENCE))],
        response_class=Response,
        responses={200: {"content": {_JPEG: {}}}},
    )
    def photo(holder: HolderId) -> Response:
        """Give a holder's photo."""
        found = photos.photo(holder)
        if found is None:
            raise HTTPException(404, "no such holder, or he has no photo")
        return Response(found, media_type=_JPEG)

    return router
