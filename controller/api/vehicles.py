"""Resources of vehicles that may come in and of deliveries that are expected: reference data, and never who came when.

Belongs here: who may, and the answer. Does not belong here: what is kept of them (service/site/vehicles.py).
"""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from contract.ids import VehicleId
from controller.api.access import Access
from controller.domain.rights.deeds import Deed
from controller.service.site.vehicles import NewVehicle, Vehicle, VehicleRefusedError, Vehicles


@dataclass(frozen=True)
class Entered:
    """Random ids of what was entered, in the order in which it was given."""

    vehicles: list[VehicleId]


@dataclass(frozen=True)
class VehicleBlocking:
    """Block a vehicle, or release it."""

    blocked: bool


def vehicles_router(vehicles: Vehicles, access: Access) -> APIRouter:
    """Return the routes of vehicles and deliveries."""
    router = APIRouter(prefix="/api/vehicles", tags=["reference"])
    may_see, may_write = [Depends(access.to(Deed.SEE_REFERENCE))], [Depends(access.to(Deed.WRITE_REFERENCE))]

    @router.get("", dependencies=may_see)
    def listed() -> list[Vehicle]:
        """List the vehicles that may come in and the deliveries that are expected: not whether they came."""
        return vehicles.all()

    @router.post("", dependencies=may_write, status_code=201)
    def register(body: list[NewVehicle]) -> Entered:
        """Enter vehicles and deliveries: all of them or none. Gates know within seconds."""
        return Entered(vehicles.register(body))

    @router.put("/{vehicle}/blocking", dependencies=may_write, status_code=204)
    def block(vehicle: VehicleId, body: VehicleBlocking) -> None:
        """Block a vehicle, or release it; gates know within seconds."""
        if not vehicles.block(vehicle, blocked=body.blocked):
            raise HTTPException(404, "no such vehicle")

    @router.delete("/{vehicle}", dependencies=may_write, status_code=204)
    def remove(vehicle: VehicleId) -> None:
        """Forget a vehicle, or a delivery that is not expected any more."""
        if not vehicles.remove(vehicle):
            raise HTTPException(404, "no such vehicle")

    return router


def answer_refused_vehicles(app: FastAPI) -> None:
    """Answer with 409 and why a vehicle can not be entered."""

    @app.exception_handler(VehicleRefusedError)
    def refused(_: Request, error: VehicleRefusedError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": error.code.value}, 409)
