"""One PAdES B-LT signature in one revision (ETSI EN 319 142-1).

The evidence (certificates, revocation list) is written together with the signature and so is
covered by it: nothing ever follows the signed revision, and a verifier may refuse all that does.
"""

from __future__ import annotations

import io
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils import content, layout
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError

from engine.errors import Unavailable
from reports.authority import Signer, Timestamper
from reports.sign.adapters import PyhankoSigner, PyhankoTimestamper
from reports.sign.artwork import SIZE, draw_seal
from reports.sign.field import SealPlace, prepare
from reports.trust import Trust

_DIGEST = "sha256"

# pyHanko warns at every signature that it may not fetch evidence; ours is always at hand.
logging.getLogger("pyhanko.sign.signers").setLevel(logging.ERROR)


def seal(
    pdf: bytes,
    signer: Signer,
    timestamper: Timestamper,
    trust: Trust,
    place: SealPlace,
    *,
    at: datetime,
    reason: str = "项目绩效结项评价报告签章",
    demonstration: bool = False,
) -> bytes:
    """The document with the organisation's visible seal, signed at level B-LT.

    Raises `Conflict` if it is sealed already, `Unavailable` if the time-stamping authority does
    not answer or the signer's certificate does not lead to a root of `trust`.
    """
    prepared = prepare(pdf, place)
    metadata = signers.PdfSignatureMetadata(
        field_name=place.name,
        md_algorithm=_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        name=signer.name,
        embed_validation_info=True,
        validation_context=context(trust, at),
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
    engine = signers.PdfSigner(
        metadata,
        PyhankoSigner(signer),
        timestamper=PyhankoTimestamper(timestamper),
        stamp_style=_style(signer.name, demonstration=demonstration),
    )
    target = io.BytesIO()
    try:
        # Beside the caller, whose thread may have an event loop of its own: pyHanko starts one.
        with ThreadPoolExecutor(1) as beside:
            writer = IncrementalPdfFileWriter(io.BytesIO(prepared))
            beside.submit(engine.sign_pdf, writer, output=target).result()
    except (SigningError, PathError) as error:
        raise Unavailable("签章没有完成：{error}", error=error) from error
    return target.getvalue()


def context(trust: Trust, at: datetime) -> Any:
    """pyHanko's view of `trust` at a moment: its roots, its lists, never the network."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in trust.roots],
        crls=[crl.CertificateList.load(der) for der in trust.lists],
        moment=at,
        allow_fetching=False,
        revocation_mode="require",
    )


def _style(organisation: str, *, demonstration: bool) -> Any:
    middle = layout.AxisAlignment.ALIGN_MID
    drawn = draw_seal(organisation, demonstration=demonstration)
    return StaticStampStyle(
        border_width=0,
        background=content.RawContent(drawn, box=layout.BoxConstraints(SIZE, SIZE)),
        background_layout=layout.SimpleBoxLayoutRule(x_align=middle, y_align=middle),
        background_opacity=0.88,
    )
