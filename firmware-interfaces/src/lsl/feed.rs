//! How a feed is asked for and answered: heads of lines, closed by an empty one.

use core::fmt;

use super::text::{header, line, number};
use super::{ByteOrder, Format};

/// Longest head that is read, in bytes (design choice).
pub const MAX_HEAD: usize = 4096;
const VERSION: u32 = 110;
const METHOD: &str = "LSL:streamfeed/";

/// Bytes of the head that `bytes` begin with, its empty line included; `None` while it is not whole.
#[must_use]
pub fn head_len(bytes: &[u8]) -> Option<usize> {
    let crlf = bytes.windows(4).position(|w| w == b"\r\n\r\n");
    let lf = bytes.windows(2).position(|w| w == b"\n\n");
    match (crlf.map(|at| at + 4), lf.map(|at| at + 2)) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Asks for the samples of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedRequest<'a> {
    /// The outlet's; any, if empty.
    pub uid: &'a str,
    /// Newest version that is understood: 110 for 1.10.
    pub version: u32,
    /// What the values are; `None` where the request does not let it be known.
    pub format: Option<Format>,
    /// Samples that the outlet keeps for a client that is late.
    pub buffer: u32,
    /// Host name of who asks.
    pub host: &'a str,
    /// Stable name of the outlet's source.
    pub source_id: &'a str,
    /// The session both are in.
    pub session_id: &'a str,
}

impl<'a> FeedRequest<'a> {
    /// Reads a head; `None` when it is no such request. The format is not in it.
    #[must_use]
    pub fn parse(head: &'a [u8]) -> Option<Self> {
        let (first, mut rest) = line(core::str::from_utf8(head).ok()?)?;
        let (version, uid) = first.strip_prefix(METHOD)?.split_once(' ').unzip();
        let version = version.or_else(|| first.strip_prefix(METHOD));
        let mut request = Self {
            uid: uid.unwrap_or_default().trim(),
            version: number(version)?,
            format: None,
            buffer: 0,
            host: "",
            source_id: "",
            session_id: "",
        };
        while let Some((text, more)) = line(rest) {
            rest = more;
            let Some((name, value)) = header(text) else {
                continue;
            };
            if name.eq_ignore_ascii_case("max-buffer-length") {
                request.buffer = number(Some(value)).unwrap_or_default();
            } else if name.eq_ignore_ascii_case("hostname") {
                request.host = value;
            } else if name.eq_ignore_ascii_case("source-id") {
                request.source_id = value;
            } else if name.eq_ignore_ascii_case("session-id") {
                request.session_id = value;
            }
        }
        Some(request)
    }
}

/// As liblsl writes it on a little-endian machine.
impl fmt::Display for FeedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.format.map_or(0, Format::size);
        write!(f, "{METHOD}{} {}\r\n", self.version, self.uid)?;
        write!(f, "Native-Byte-Order: 1234\r\nEndian-Performance: 1\r\n")?;
        write!(f, "Has-IEEE754-Floats: 1\r\nSupports-Subnormals: 1\r\n")?;
        write!(f, "Value-Size: {size}\r\n")?;
        write!(f, "Data-Protocol-Version: {}\r\n", self.version)?;
        write!(f, "Max-Buffer-Length: {}\r\n", self.buffer)?;
        write!(f, "Max-Chunk-Length: 0\r\nHostname: {}\r\n", self.host)?;
        write!(f, "Source-Id: {}\r\n", self.source_id)?;
        write!(f, "Session-Id: {}\r\n\r\n", self.session_id)
    }
}

/// Says how the samples will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedResponse<'a> {
    /// The outlet's.
    pub uid: &'a str,
    /// Of every number that follows.
    pub order: ByteOrder,
}

/// Why no samples that can be read will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// The answer is no LSL.
    Foreign,
    /// The outlet answered with this status: 404 where the stream is gone.
    Status(u16, &'a str),
    /// The samples would come in this version of the protocol.
    Version(&'a str),
    /// The numbers would come in this byte order.
    Order(&'a str),
}

impl<'a> FeedResponse<'a> {
    /// Reads a head.
    ///
    /// # Errors
    /// [`Refusal`] when no samples come that can be read.
    pub fn parse(head: &'a [u8]) -> Result<Self, Refusal<'a>> {
        let text = core::str::from_utf8(head).map_err(|_| Refusal::Foreign)?;
        let (first, mut rest) = line(text).ok_or(Refusal::Foreign)?;
        let status = first.strip_prefix("LSL/").ok_or(Refusal::Foreign)?;
        let (_, status) = status.split_once(' ').ok_or(Refusal::Foreign)?;
        let (code, reason) = status.split_once(' ').unwrap_or((status, ""));
        match number(Some(code)) {
            Some(200) => {}
            Some(code) => return Err(Refusal::Status(code, reason)),
            None => return Err(Refusal::Foreign),
        }
        let mut response = Self {
            uid: "",
            order: ByteOrder::Little,
        };
        while let Some((text, more)) = line(rest) {
            rest = more;
            let Some((name, value)) = header(text) else {
                continue;
            };
            if name.eq_ignore_ascii_case("uid") {
                response.uid = value;
            } else if name.eq_ignore_ascii_case("byte-order") {
                response.order = match value {
                    // 0: nothing is longer than a byte.
                    "1234" | "0" => ByteOrder::Little,
                    "4321" => ByteOrder::Big,
                    other => return Err(Refusal::Order(other)),
                };
            } else if name.eq_ignore_ascii_case("data-protocol-version")
                && number(Some(value)) != Some(VERSION)
            {
                return Err(Refusal::Version(value));
            }
        }
        Ok(response)
    }
}

/// As liblsl writes it.
impl fmt::Display for FeedResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            ByteOrder::Little => 1234,
            ByteOrder::Big => 4321,
        };
        write!(f, "LSL/{VERSION} 200 OK\r\nUID: {}\r\n", self.uid)?;
        write!(f, "Byte-Order: {order}\r\nSuppress-Subnormals: 0\r\n")?;
        write!(f, "Data-Protocol-Version: {VERSION}\r\n\r\n")
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => write!(f, "the answer is no LSL"),
            Self::Status(404, _) => write!(f, "the outlet has no such stream any more (404)"),
            Self::Status(code, reason) => write!(f, "the outlet answers {code} {reason}"),
            Self::Version(version) => {
                write!(f, "the outlet would send version {version}, not {VERSION}")
            }
            Self::Order(order) => write!(f, "the outlet would send byte order {order}"),
        }
    }
}
