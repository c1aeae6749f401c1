"""Where the bytes of one object come from: anything that can be read at an offset."""

import io
import os
import zlib
from typing import Protocol

from catalog.dicom.causes import Cause, Unreadable

BLOCK = 1 << 20
# More than this is never held at once for one header. The largest honest headers (enhanced multi-frame
# objects with some ten thousand frames) stay below 40 MiB.
MOST_HELD = 64 << 20


class ByteSource(Protocol):
    """Bytes that can be read at an offset; `size` is their number."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`, at most `length`; fewer only at the end."""
        ...


class BytesSource:
    """Bytes in memory."""

    __slots__ = ("data", "size")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`, at most `length`; fewer only at the end."""
        return self.data[offset : offset + length]


class DescriptorSource:
    """An open file, read by its descriptor; opening and closing stay with the caller."""

    __slots__ = ("descriptor", "size")

    def __init__(self, descriptor: int, size: int | None = None) -> None:
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size if size is None else size

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`, at most `length`; fewer only at the end."""
        data = os.pread(self.descriptor, length, offset)
        if len(data) == length or offset + len(data) >= self.size:
            return data
        # A signal or a network file system may give less than was asked for.
        parts = [data]
        got = len(data)
        while got < length and (data := os.pread(self.descriptor, length - got, offset + got)):
            parts.append(data)
            got += len(data)
        return b"".join(parts)


class InflatedSource:
    """A deflated object as if it were not: its file meta information, then its inflated data set.

    Inflates the whole stream once, block by block, because only its end tells whether it is sound
    (PS3.5 A.5); keeps no more than the beginning, where the header is.
    """

    __slots__ = ("_head", "size")

    def __init__(self, source: ByteSource, meta: bytes) -> None:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        kept = [meta]
        self.size = held = len(meta)
        offset = len(meta)
        pending = b""
        while not stream.eof:
            if not pending:
                pending = source.read_at(offset, BLOCK)
                offset += len(pending)
            try:
                block = stream.decompress(pending, BLOCK)
            except zlib.error as error:
                raise Unreadable(Cause.CORRUPT, str(error)) from None
            if not block and not pending:
                # What zlib.decompress, and so pydicom, says of a stream that ends too early.
                reason = "Error -5 while decompressing data: incomplete or truncated stream"
                raise Unreadable(Cause.TRUNCATED, reason)
            pending = stream.unconsumed_tail
            self.size += len(block)
            if held < MOST_HELD:
                kept.append(block)
                held += len(block)
        self._head = b"".join(kept)

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`, at most `length`; raises Unreadable beyond what is kept."""
        if offset + length > len(self._head) < self.size:
            raise Unreadable(Cause.TOO_LARGE_HEADER, "the inflated header is too large to be held")
        return self._head[offset : offset + length]


class SourceFile(io.RawIOBase):
    """A byte source as the file object that pydicom reads from; refuses to hand out huge values."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._position = 0
        self._window = b""
        self._window_start = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position the next read starts from."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as files do."""
        base = (0, self._position, self._source.size)[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """The next `size` bytes, fewer only at the end; raises Unreadable when they are too many to hold."""
        left = max(0, self._source.size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > MOST_HELD:
            raise Unreadable(Cause.TOO_LARGE_HEADER, f"{wanted} bytes in one value")
        start = self._position - self._window_start
        if start < 0 or start + wanted > len(self._window):
            self._window = self._source.read_at(self._position, max(wanted, 1 << 16))
            self._window_start, start = self._position, 0
        data = self._window[start : start + wanted]
        self._position += len(data)
        return data
