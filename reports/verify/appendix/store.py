"""The form of a document security store (ISO 32000-2 §12.8.4.3, ETSI EN 319 142-1 §5.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose

from reports.verify.appendix.foreign import Foreign, require

_IDENTIFIER = re.compile(r"/[0-9A-Fa-f]{40}")


def _certificate(data: bytes) -> object:
    return x509.Certificate.load(data, strict=True)["tbs_certificate"]["subject"].native


def _list(data: bytes) -> object:
    return crl.CertificateList.load(data, strict=True)["tbs_cert_list"]["issuer"].native


def _answer(data: bytes) -> object:
    return ocsp.OCSPResponse.load(data, strict=True)["response_status"].native


def _token(data: bytes) -> object:
    return cms.ContentInfo.load(data, strict=True)["content"]["signer_infos"][0]


Reading = tuple[DecodePurpose, Callable[[bytes], object]]
_CERTIFICATE: Reading = (DecodePurpose.CERTIFICATE, _certificate)
_LIST: Reading = (DecodePurpose.CRL, _list)
_ANSWER: Reading = (DecodePurpose.OCSP_RESPONSE, _answer)
_TOKEN: Reading = (DecodePurpose.GENERIC, _token)
_STORE = {"/Certs": _CERTIFICATE, "/CRLs": _LIST, "/OCSPs": _ANSWER}
_RELATED = {"/Cert": _CERTIFICATE, "/CRL": _LIST, "/OCSP": _ANSWER}


@dataclass
class Members:
    """Walks a store by its own keys alone; `seen` are the numbers of the objects it is made of."""

    reader: Any
    seen: set[int] = field(default_factory=set)

    def walk(self, raw: Any) -> set[int]:
        """The members of the store `raw`, a dictionary or a reference to one."""
        store = self._dictionary(raw)
        require(set(store) <= {"/Type", "/VRI", *_STORE}, "a store has no other keys")
        require(store.get("/Type", "/DSS") == "/DSS", "a store is no other thing")
        self._arrays(store, _STORE)
        if "/VRI" in store:
            related = self._dictionary(store.raw_get("/VRI"))
            for key in related:
                require(_IDENTIFIER.fullmatch(key), "a signature is named by its hash")
                self._related(related.raw_get(key))
        return self.seen

    def _related(self, raw: Any) -> None:
        entry = self._dictionary(raw)
        require(set(entry) <= {"/Type", "/TU", "/TS", *_RELATED}, "no other keys")
        require(entry.get("/Type", "/VRI") == "/VRI", "no other thing")
        self._arrays(entry, _RELATED)
        if "/TU" in entry:
            require(isinstance(entry.raw_get("/TU"), generic.TextStringObject), "a time")
        if "/TS" in entry:
            self._stream(entry.raw_get("/TS"), _TOKEN)

    def _arrays(self, holder: Any, kinds: dict[str, Reading]) -> None:
        for key, reading in kinds.items():
            if key in holder:
                array = self._follow(holder.raw_get(key))
                require(type(array) is generic.ArrayObject, "an array")
                for item in array.iterate():
                    self._stream(item, reading)

    def _stream(self, raw: Any, reading: Reading) -> None:
        require(isinstance(raw, generic.IndirectObject), "a stream is an object of its own")
        stream = self._follow(raw)
        require(type(stream) is generic.StreamObject, "a stream")
        require(set(stream) <= {"/Length", "/Filter"}, "a stream without other keys")
        require(stream.get("/Filter", "/FlateDecode") == "/FlateDecode", "a plain filter")
        purpose, read = reading
        try:
            read(stream.read_data(purpose))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise Foreign("a stream holds one certificate, list or answer") from error

    def _dictionary(self, raw: Any) -> Any:
        value = self._follow(raw)
        require(type(value) is generic.DictionaryObject, "a dictionary")
        return value

    def _follow(self, raw: Any) -> Any:
        if not isinstance(raw, generic.IndirectObject):
            return raw
        self.seen.add(raw.idnum)
        value = self.reader.get_object(raw.reference)
        require(not isinstance(value, generic.IndirectObject), "a reference to an object")
        return value
