"""A stand-in for Triton behind TLS: a real gRPC server that answers for one model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

NEEDS: Final = ("CAPTION", "PROMPT", "TAGGER", "MODEL_MS")
TEXTS: Final = {"CAPTION": b"a ship", "PROMPT": b"p", "TAGGER": b"stand-in@1", "MODEL_MS": b"1"}


class _Model(service_pb2_grpc.GRPCInferenceServiceServicer):  # type: ignore[misc]  # not typed
    async def ModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802  # Triton's name
        metadata = service_pb2.ModelMetadataResponse
        return metadata(
            name=request.name,
            versions=["1"],
            inputs=[metadata.TensorMetadata(name="IMAGE", datatype="BYTES", shape=[-1, 1])],
            outputs=[
                metadata.TensorMetadata(name=name, datatype="BYTES", shape=[-1, 1])
                for name in NEEDS
            ],
        )

    async def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802  # Triton's name
        wanted = [output.name for output in request.outputs]
        response = service_pb2.ModelInferResponse(model_name=request.model_name)
        for name in wanted:
            response.outputs.add(name=name, datatype="BYTES", shape=[1, 1])
            text = TEXTS[name]
            response.raw_output_contents.append(len(text).to_bytes(4, "little") + text)
        return response


@asynccontextmanager
async def tls_triton(credentials: grpc.ServerCredentials) -> AsyncIterator[int]:
    """The port of such a server on 127.0.0.1, in the block."""
    server = grpc.aio.server()
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(_Model(), server)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)
