//! Discovery and time synchronisation: one UDP datagram each way.

use core::fmt;

use super::text::{line, number};

const SHORTINFO: &str = "LSL:shortinfo";
const TIMEDATA: &str = "LSL:timedata";

/// Asks which outlets fit an XPath query; answered to a UDP port of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<'a> {
    /// An XPath predicate over the stream's information, such as `session_id='default' and type='EEG'`.
    pub predicate: &'a str,
    /// The port to answer to.
    pub port: u16,
    /// What the answer repeats.
    pub id: &'a str,
}

impl<'a> Query<'a> {
    /// Reads a datagram; `None` when it is no such query.
    #[must_use]
    pub fn parse(datagram: &'a [u8]) -> Option<Self> {
        let text = core::str::from_utf8(datagram).ok()?;
        let (method, rest) = line(text)?;
        let (predicate, rest) = line(rest)?;
        let last = line(rest).map_or(rest, |(last, _)| last);
        let (port, id) = last.trim().split_once(' ')?;
        (method.trim() == SHORTINFO).then_some(Self {
            predicate: predicate.trim(),
            port: number(Some(port))?,
            id: id.trim(),
        })
    }
}

/// As liblsl writes it.
impl fmt::Display for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            predicate,
            port,
            id,
        } = self;
        write!(f, "{SHORTINFO}\r\n{predicate}\r\n{port} {id}\r\n")
    }
}

/// An outlet that fits a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryReply<'a> {
    /// The query's.
    pub id: &'a str,
    /// The stream's information without its description.
    pub xml: &'a str,
}

impl<'a> QueryReply<'a> {
    /// Reads a datagram; `None` when it is no such reply.
    #[must_use]
    pub fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (id, xml) = line(core::str::from_utf8(datagram).ok()?)?;
        xml.trim_start()
            .starts_with('<')
            .then_some(Self { id, xml })
    }
}

impl fmt::Display for QueryReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\r\n{}", self.id, self.xml)
    }
}

/// Asks an outlet for its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeQuery {
    /// Which round of probes it belongs to.
    pub wave: u32,
    /// When it was sent, in seconds on the clock of who asks.
    pub sent: f64,
}

impl TimeQuery {
    /// Reads a datagram; `None` when it is no such query.
    #[must_use]
    pub fn parse(datagram: &[u8]) -> Option<Self> {
        let (method, rest) = line(core::str::from_utf8(datagram).ok()?)?;
        let last = line(rest).map_or(rest, |(last, _)| last);
        let mut words = last.split_whitespace();
        (method.trim() == TIMEDATA).then_some(Self {
            wave: number(words.next())?,
            sent: number(words.next())?,
        })
    }
}

impl fmt::Display for TimeQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TIMEDATA}\r\n{} {}\r\n", self.wave, self.sent)
    }
}

/// An outlet's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeReply {
    /// The query's.
    pub wave: u32,
    /// The query's, in seconds.
    pub sent: f64,
    /// When the query came, in seconds on the outlet's clock.
    pub received: f64,
    /// When this left, in seconds on the outlet's clock.
    pub replied: f64,
}

impl TimeReply {
    /// Reads a datagram; `None` when it is no such reply, or a time in it is none.
    #[must_use]
    pub fn parse(datagram: &[u8]) -> Option<Self> {
        let mut words = core::str::from_utf8(datagram).ok()?.split_whitespace();
        let reply = Self {
            wave: number(words.next())?,
            sent: number(words.next())?,
            received: number(words.next())?,
            replied: number(words.next())?,
        };
        let times = [reply.sent, reply.received, reply.replied];
        times.iter().all(|t| t.is_finite()).then_some(reply)
    }
}

/// As liblsl writes it, with nanoseconds.
impl fmt::Display for TimeReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            wave,
            sent,
            received,
            replied,
        } = self;
        write!(f, " {wave} {sent} {received:.9} {replied:.9}")
    }
}
