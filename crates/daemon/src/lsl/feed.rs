//! A stream's samples as bytes, and its full information, by TCP.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::{FeedRequest, FeedResponse, MAX_HEAD, Shape, head_len};
use thiserror::Error;

use super::{Found, InfoError, StreamInfo, host_name};

/// How long an outlet has to take a connection, and then to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longest full information that is read, in bytes.
const MAX_INFO: usize = 4 << 20;
/// Samples that the outlet keeps for us when we are late: 360 s of EEG in liblsl; enough for any stall here.
const BUFFER: u32 = 10_000;
/// How long one read lasts at most before the stop is looked at.
const TURN: Duration = Duration::from_millis(100);

/// Why a stream cannot be read.
#[derive(Debug, Error)]
pub enum FeedError {
    /// No connection, or it broke.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The stream has no feed by IPv4.
    #[error("the outlet has no IPv4 port")]
    NoPort,
    /// It is none, or one that is not spoken here.
    #[error("{0}")]
    Refused(String),
    /// It does not say what it sends.
    #[error("{0}")]
    Info(#[from] InfoError),
}

/// A connection whose samples follow, the test patterns first.
#[derive(Debug)]
pub struct Feed {
    stream: TcpStream,
    shape: Shape,
    /// What came with the head.
    ahead: Vec<u8>,
}

impl Feed {
    /// Asks for the samples of a stream.
    ///
    /// # Errors
    /// [`FeedError`] when it cannot be reached, is gone, or does not speak version 1.10.
    pub fn connect(found: &Found) -> Result<Self, FeedError> {
        let info = &found.info;
        let mut stream = connect(found)?;
        let host = host_name();
        let request = FeedRequest {
            uid: &info.uid,
            version: 110,
            format: Some(info.format),
            buffer: BUFFER,
            host: &host,
            source_id: &info.source_id,
            session_id: &info.session_id,
        };
        stream.write_all(request.to_string().as_bytes())?;
        let began = Instant::now();
        let mut head = Vec::new();
        let mut buffer = [0; 1024];
        let len = loop {
            if let Some(len) = head_len(&head).filter(|len| *len <= MAX_HEAD) {
                break len;
            }
            let late = began.elapsed() >= PATIENCE;
            if head.len() > MAX_HEAD || late {
                let what = if late { "in time" } else { "of a sane length" };
                return Err(FeedError::Refused(format!("no answer {what}")));
            }
            match stream.read(&mut buffer) {
                Ok(0) => return Err(closed().into()),
                Ok(n) => head.extend_from_slice(&buffer[..n]),
                Err(error) if super::discovery::is_passing(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
        };
        let ahead = head.split_off(len);
        let response = FeedResponse::parse(&head)
            .map_err(|refusal| FeedError::Refused(refusal.to_string()))?;
        if !response.uid.is_empty() && response.uid != info.uid {
            let what = "another outlet has its port now";
            return Err(FeedError::Refused(what.to_owned()));
        }
        let shape = Shape {
            format: info.format,
            channels: info.channels,
            order: response.order,
        };
        stream.set_read_timeout(Some(TURN))?;
        Ok(Self {
            stream,
            shape,
            ahead,
        })
    }

    /// What the samples are.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Reads what is there, waiting a tenth of a second at most; 0 when nothing came.
    ///
    /// # Errors
    /// When the connection broke or was closed.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let n = self.ahead.len().min(buffer.len());
            buffer[..n].copy_from_slice(&self.ahead[..n]);
            self.ahead.drain(..n);
            return Ok(n);
        }
        match self.stream.read(buffer) {
            Ok(0) => Err(closed()),
            Ok(n) => Ok(n),
            Err(error) if super::discovery::is_passing(error.kind()) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the outlet closed")
}

fn connect(found: &Found) -> Result<TcpStream, FeedError> {
    if found.info.data_port == 0 {
        return Err(FeedError::NoPort);
    }
    let address = SocketAddr::new(found.address, found.info.data_port);
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TURN))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// A stream's information with its description.
///
/// # Errors
/// As [`Feed::connect`].
pub fn full_info(found: &Found) -> Result<StreamInfo, FeedError> {
    let mut stream = connect(found)?;
    stream.write_all(b"LSL:fullinfo\r\n")?;
    let began = Instant::now();
    let mut xml = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => xml.extend_from_slice(&buffer[..n]),
            Err(error) if super::discovery::is_passing(error.kind()) => {}
            Err(error) => return Err(error.into()),
        }
        if xml.len() > MAX_INFO {
            return Err(FeedError::Refused("its information has no end".to_owned()));
        }
        if began.elapsed() >= PATIENCE {
            return Err(FeedError::Refused(
                "no whole information in time".to_owned(),
            ));
        }
    }
    Ok(StreamInfo::parse(&String::from_utf8_lossy(&xml))?)
}
