"""Resources of the trail: entries of the ledger for the auditor, the ledger as a file, and his note of a breach or fault.

Belongs here: requests and answers. Does not belong here: what an entry may say (ledger/kinds).
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Query, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse

from controller.api.access import Access, Acting
from controller.domain.rights.deeds import Deed
from controller.law.reading import MOST, Filter, TrailPage, read_trail
from controller.law.record import NothingToNoteError
from controller.ledger.kinds import KINDS, EntryClass
from controller.ledger.ledger import complete_lines
from controller.oversight import Oversight
