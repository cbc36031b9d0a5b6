//! Whole samples of a stream, of any format and rate.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::{Decoder, Fault, Format, Item, Number, Stamp};

use super::{Feed, FeedError, Found};

/// The values of a sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// One for each channel.
    Numbers(Vec<Number>),
    /// One for each channel; what is no UTF-8 in them is replaced.
    Texts(Vec<String>),
}

/// A sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When it was true, in seconds of the sender's clock.
    pub stamp: f64,
    /// What it says.
    pub values: Values,
}

/// Reads a stream sample by sample.
#[derive(Debug)]
pub struct Inlet {
    feed: Feed,
    decoder: Decoder,
    rate_hz: f64,
    last: f64,
    whole: VecDeque<Sample>,
    numbers: Vec<Number>,
    texts: Vec<Vec<u8>>,
    buffer: Vec<u8>,
}

impl Inlet {
    /// Opens a stream.
    ///
    /// # Errors
    /// As [`Feed::connect`].
    pub fn open(found: &Found) -> Result<Self, FeedError> {
        let feed = Feed::connect(found)?;
        Ok(Self {
            decoder: Decoder::feed(feed.shape()),
            feed,
            rate_hz: found.info.rate_hz,
            last: 0.0,
            whole: VecDeque::new(),
            numbers: Vec::new(),
            texts: Vec::new(),
            buffer: vec![0; 16 * 1024],
        })
    }

    /// The next sample; `None` when none came in time.
    ///
    /// # Errors
    /// When the connection broke, or its bytes are no samples.
    pub fn pull(&mut self, wait: Duration) -> Result<Option<Sample>, FeedError> {
        let began = Instant::now();
        loop {
            if let Some(sample) = self.whole.pop_front() {
                return Ok(Some(sample));
            }
            if began.elapsed() >= wait {
                return Ok(None);
            }
            self.read()?;
        }
    }

    fn read(&mut self) -> Result<(), FeedError> {
        let Self {
            feed,
            decoder,
            rate_hz,
            last,
            whole,
            numbers,
            texts,
            buffer,
        } = self;
        let n = feed.read(buffer)?;
        let is_text = feed.shape().format == Format::Text;
        let mut fault: Option<Fault> = None;
        decoder.push(&buffer[..n], |item| match item {
            Item::Sample { stamp } => {
                numbers.clear();
                texts.clear();
                *last = match stamp {
                    Stamp::Seconds(seconds) => seconds,
                    Stamp::Deduced if *rate_hz > 0.0 => *last + 1.0 / *rate_hz,
                    Stamp::Deduced => *last,
                };
            }
            Item::Number { value, .. } => numbers.push(value),
            Item::Text { .. } => texts.push(Vec::new()),
            Item::Piece(piece) => {
                if let Some(text) = texts.last_mut() {
                    text.extend_from_slice(piece);
                }
            }
            Item::End => whole.push_back(Sample {
                stamp: *last,
                values: if is_text {
                    let texts = texts
                        .iter()
                        .map(|t| String::from_utf8_lossy(t).into_owned());
                    Values::Texts(texts.collect())
                } else {
                    Values::Numbers(numbers.clone())
                },
            }),
            Item::Fault(what) => fault = fault.or(Some(what)),
            Item::Header(_) | Item::Skipped { .. } => {}
        });
        match fault {
            Some(fault) => Err(FeedError::Refused(explain(fault))),
            None => Ok(()),
        }
    }
}

/// What a fault means to people.
pub(crate) fn explain(fault: Fault) -> String {
    match fault {
        Fault::Tag(tag) => format!("a sample begins with {tag:#04x}, which none does"),
        Fault::LengthTag(tag) => format!("a text's length has {tag} bytes"),
        Fault::Length(bytes) => format!("a text has {bytes} bytes, more than are read"),
        Fault::Pattern => "its test pattern is not that of the format it names".to_owned(),
    }
}
