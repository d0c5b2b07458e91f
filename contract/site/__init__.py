"""The site file: areas, portals, access points, gates and limits of one site, as TOML; and a gate's private files.

Belongs here: the files' shapes and checks. Does not belong here: reading files, people (reference data), or what a
simulator adds in `[simulation]` (simulators/).
"""

from contract.site.access_point import AccessPoint
from contract.site.announce import AnnounceForm, AnnounceTo
from contract.site.camera import CameraConfig, CountingLine
from contract.site.devices import GateDevices, parse_devices
from contract.site.edge_file import EdgeFile, VideoAddress, parse_edge_file
from contract.site.error import SiteFileError
from contract.site.file import Area, MusterPoint, Site, SiteInfo, parse_site
from contract.site.gate import (
    AntiPassback,
    Assurance,
    BoardConfig,
    BoardKind,
    DpsLevel,
    Fail,
    FireLevel,
    Gate,
    Interlock,
    PortalConfig,
    PortalKind,
    ReaderConfig,
    ReaderKind,
    Relock,
)
from contract.site.lane import ClearanceLevel, LaneConfig, OccupantsBy, PlateUse
from contract.site.law import AlertSource, Law
from contract.site.signal import SignalConfig

__all__ = [
    "AccessPoint",
    "AlertSource",
    "AnnounceForm",
    "AnnounceTo",
    "AntiPassback",
    "Area",
    "Assurance",
    "BoardConfig",
    "BoardKind",
    "CameraConfig",
    "ClearanceLevel",
    "CountingLine",
    "DpsLevel",
    "EdgeFile",
    "Fail",
    "FireLevel",
    "Gate",
    "GateDevices",
    "Interlock",
    "LaneConfig",
    "Law",
    "MusterPoint",
    "OccupantsBy",
    "PlateUse",
    "PortalConfig",
    "PortalKind",
    "ReaderConfig",
    "ReaderKind",
    "Relock",
    "SignalConfig",
    "Site",
    "SiteFileError",
    "SiteInfo",
    "VideoAddress",
    "parse_devices",
    "parse_edge_file",
    "parse_site",
]
