"""Bytes to text, strictly: declared by the user, marked by the file, or told by what the text says; and refused where that fails.

The same bytes are often valid in several encodings (GB18030 takes Big5 and Shift-JIS without complaint), so validity decides
nothing. What decides: a header that is known in one of them only, or text that reads like its language in one of them only.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas.errors import EncodingError

DECLARE = 'declare it: encoding = "gb18030" (or big5, cp1252, utf-16-le, …) for this file in sources.toml'
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MIXED = "utf-8 and cp1252 by line"
# What every Chinese text about patents is full of: their share tells Chinese from other bytes that happen to decode.
_FREQUENT = {
    "gb18030": "的一种方法和装置及其系统用于与在中有为上是基电路数据处理设备结构制造机器控制信号件子量光材料体大学公司限科技本发明实施例该"
    "申请专利权人名称标题摘要号日国省市区公开",
    "big5": "的一種方法和裝置及其系統用於與在中有為上是基電路數據處理設備結構製造機器控制信號件子量光材料體大學公司限科技本發明實施例該"
    "申請專利權人名稱標題摘要號日國省市區公開股份臺灣",
}
_LEVEL_ONE = {"gb18030": ("gb2312", 0xD7), "big5": ("big5", 0xC6)}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_RUN = re.compile(r"[^\x00-\x7f]+")
_UTF8_SEQUENCE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LINE_END = re.compile(rb"(?<=\n)|(?<=\r)(?!\n)")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Decoded:
    """`utf8`: the text, in UTF-8 and without a mark. `lines_by_encoding` of a mixed file: lines (from 1) that are not UTF-8, by
    encoding.
    """

    utf8: bytes
    encoding: str
    lines_by_encoding: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.utf8.decode("utf-8")


def decode(data: bytes, name: str, declared: str | None, header_of: Callable[[str], tuple[str, ...] | None]) -> Decoded:
    """The text of `data`. `header_of(text)` is the known header at its beginning, if there is one.

    Raises EncodingError where bytes contradict the declared or marked encoding, or several encodings, or none, would do.
    """
    decoded = _declared(data, name, declared) if declared else _marked(data, name) or _told(data, name, header_of)
    if b"\x00" in decoded.utf8:
        raise EncodingError(name, f"a NUL character at {decoded.text.index(chr(0))}", "text", "export it again")
    return decoded


def _declared(data: bytes, name: str, declared: str) -> Decoded:
    try:
        encoding = codecs.lookup(declared).name
    except LookupError as error:
        raise EncodingError(name, f"the declared encoding {declared}", "one that Python knows", DECLARE) from error
    for mark, marked in _MARKS:
        if data.startswith(mark) and encoding == marked.removesuffix("-sig"):
            encoding = marked
    return _strictly(data, encoding, name, f"as declared ({declared})")


def _marked(data: bytes, name: str) -> Decoded | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, name, "as its byte order mark says")
    return None


def _strictly(data: bytes, encoding: str, name: str, why: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding).encode("utf-8"), encoding)
    except UnicodeDecodeError as error:
        raise EncodingError(
            name, f"byte {error.start} is not {encoding}", f"{encoding}, {why}", "export it again, or " + DECLARE
        ) from error


def _told(data: bytes, name: str, header_of: Callable[[str], tuple[str, ...] | None]) -> Decoded:
    if b"\x00" in data:
        return _wide(data, name, header_of)
    if _is_utf8(data):
        return Decoded(data, "utf-8")
    valid = {
        encoding: text for encoding in ("gb18030", "big5", "cp1252") if (text := _decoded(data, encoding)) is not None
    }
    headers = {encoding: header_of(text) for encoding, text in valid.items() if encoding in _FREQUENT}
    headed = [
        encoding for encoding, header in headers.items() if header and _reads_as_chinese("".join(header), encoding)
    ]
    if len(headed) == 1:
        return _encoded(valid[headed[0]], headed[0])  # a Chinese header that reads as one in this encoding alone
    found = [_encoded(text, encoding) for encoding, text in valid.items() if _reads_well(text, encoding)]
    if not any(each.encoding in _FREQUENT for each in found):
        # Where words of UTF-8 stand among the others, all of it as cp1252 would be legible and wrong.
        found = _mixed(data) or found
    found = found or _classic_mac(data)
    if len(found) == 1:
        return found[0]
    candidates = [each.encoding for each in found] or list(valid)
    could_be = f"could be {' or '.join(candidates)}" if candidates else "fit no encoding known here"
    raise EncodingError(name, f"bytes that are not UTF-8 and {could_be}", "an encoding that can be told", DECLARE)


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for place in range(0, len(data), _CHUNK):
            decoder.decode(data[place : place + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False  # a fact about the bytes
    return True


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None  # a fact about the bytes: this encoding is ruled out


def _wide(data: bytes, name: str, header_of: Callable[[str], tuple[str, ...] | None]) -> Decoded:
    """UTF-16 without a mark: the one byte order in which a known header stands at the beginning."""
    texts = {encoding: _decoded(data, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    headed = [encoding for encoding, text in texts.items() if text and "\x00" not in text and header_of(text)]
    if len(headed) == 1:
        return _encoded(texts[headed[0]], headed[0])
    raise EncodingError(name, f"a NUL byte at {data.index(0)}", "text", "export it again, or " + DECLARE)


def _encoded(
    text: str, encoding: str, lines: Mapping[str, tuple[int, ...]] | None = None, remarks: tuple = ()
) -> Decoded:
    return Decoded(text.encode("utf-8"), encoding, lines or {}, remarks)


def _reads_well(text: str, encoding: str) -> bool:
    return _reads_as_chinese(text, encoding) if encoding in _FREQUENT else _reads_as_latin(text)


def _reads_as_chinese(text: str, encoding: str) -> bool:
    """Nine in ten characters are of the encoding's common half, and the most frequent ones occur as often as in any such text."""
    strange = "".join(_NOT_ASCII.findall(text))
    hanzi = [character for character in strange if "一" <= character <= "鿿"]
    charset, last_common = _LEVEL_ONE[encoding]
    # Level 1 ends at this lead byte; below it stand signs, kana, full-width letters and the common characters.
    encoded = strange.encode(charset, errors="replace").replace(b"?", b"")
    common = sum(lead <= last_common for lead in encoded[::2])
    frequent = sum(map(hanzi.count, set(_FREQUENT[encoding])))
    return len(hanzi) >= 2 and common >= 0.9 * len(strange) and frequent >= max(2, len(hanzi) / 12)


def _reads_as_latin(text: str) -> bool:
    """Letters with accents and printers' signs, alone or in twos among plain letters: never long runs of them."""
    runs = _RUN.findall(text)
    short = sum(len(run) <= 2 for run in runs)
    lower_case = sum("a" <= character <= "z" for character in text)
    letters = [character for run in runs for character in run]
    good = sum(character.isalpha() or character in "°·–—‘’“”„…€£§©®™±²³µ¼½¾×«»•\xa0º¿¡" for character in letters)
    return bool(runs) and short >= 0.95 * len(runs) and good >= 0.9 * len(letters) and lower_case >= len(letters)


def _mixed(data: bytes) -> list[Decoded]:
    """Lines of UTF-8 among lines of cp1252, as one search service writes them; a line may hold a word of each."""
    texts, others, utf8_lines = [], [], 0
    for number, line in enumerate(_LINE_END.split(data), start=1):
        text = _decoded(line, "utf-8")
        if text is None:
            text = _by_sequences(line)
            if text is None:
                return []
            others.append(number)
        elif not text.isascii():
            utf8_lines += 1
        texts.append(text)
    if not utf8_lines or not _reads_as_latin("".join(texts[number - 1] for number in others)):
        return []
    remark = f"{len(others)} lines are cp1252 or have words in it, the others are UTF-8"
    return [_encoded("".join(texts), MIXED, {"cp1252": tuple(others)}, (remark,))]


def _by_sequences(line: bytes) -> str | None:
    """UTF-8 sequences as such, the bytes between them as cp1252.

    What is a UTF-8 sequence would be two or three signs of cp1252 in a row, an accented letter and a sign: no word has that.
    """
    pieces, place = [], 0
    for sequence in _UTF8_SEQUENCE.finditer(line):
        pieces += [_decoded(line[place : sequence.start()], "cp1252"), _decoded(sequence[0], "utf-8")]
        place = sequence.end()
    pieces.append(_decoded(line[place:], "cp1252"))
    return None if None in pieces else "".join(pieces)


def _classic_mac(data: bytes) -> list[Decoded]:
    """Bare CR line ends are the mark of a classic Macintosh, whose Roman encoding has a character for every byte."""
    if b"\n" in data or b"\r" not in data:
        return []
    remark = "decoded as Mac Roman for its bare CR line ends; letters beyond ASCII may be damaged"
    return [_encoded(data.decode("mac_roman"), "mac_roman", remarks=(remark,))]
