//! One connection to an outlet: what it asks, and its samples.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::{FeedRequest, FeedResponse, MAX_HEAD, encode_patterns, head_len};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{QUEUE, Reader, Shared};
use crate::lsl::Predicate;

/// How long a client has to say what it wants, and to take what it is given.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a client of a silent stream is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Most bytes of one write.
const WRITE: usize = 64 * 1024;

pub(super) fn serve(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let first = read_until(shared, &mut stream, &mut head, |h| line_end(h, 1))?;
    let method = String::from_utf8_lossy(&head[..first]).trim().to_owned();
    match method.as_str() {
        "LSL:fullinfo" => stream.write_all(shared.info.to_xml(true).as_bytes()),
        "LSL:shortinfo" => {
            let second = read_until(shared, &mut stream, &mut head, |h| line_end(h, 2))?;
            let query = String::from_utf8_lossy(&head[first..second]);
            match Predicate::parse(&query) {
                Some(p) if p.fits(&shared.info) => {
                    stream.write_all(shared.info.to_xml(false).as_bytes())
                }
                _ => Ok(()),
            }
        }
        method if method.starts_with("LSL:streamfeed/") => {
            let len = read_until(shared, &mut stream, &mut head, head_len)?;
            feed(shared, stream, &head[..len])
        }
        // The feed of version 1.00 carries Boost archives, which nobody has had to ask for since 2013.
        _ => Ok(()),
    }
}

/// Behind the `n`th line.
fn line_end(bytes: &[u8], n: usize) -> Option<usize> {
    let ends = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n');
    ends.map(|(at, _)| at + 1).nth(n - 1)
}

/// Reads until `whole` says where the end is.
fn read_until(
    shared: &Shared,
    stream: &mut TcpStream,
    head: &mut Vec<u8>,
    whole: impl Fn(&[u8]) -> Option<usize>,
) -> io::Result<usize> {
    let began = Instant::now();
    let mut buffer = [0; 1024];
    loop {
        if let Some(end) = whole(head) {
            return Ok(end);
        }
        if head.len() > MAX_HEAD || began.elapsed() >= PATIENCE || shared.stop.is_stopped() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => head.extend_from_slice(&buffer[..n]),
            Err(error) if crate::lsl::discovery::is_passing(error.kind()) => {}
            Err(error) => return Err(error),
        }
    }
}

fn feed(shared: &Shared, mut stream: TcpStream, head: &[u8]) -> io::Result<()> {
    let Some(request) = FeedRequest::parse(head) else {
        return stream.write_all(b"LSL/110 400 Bad Request\r\n\r\n");
    };
    if request.version / 100 > 1 {
        return stream.write_all(b"LSL/110 505 Version not supported\r\n\r\n");
    }
    if !request.uid.is_empty() && request.uid != shared.info.uid {
        return stream.write_all(b"LSL/110 404 Not found\r\n\r\n");
    }
    let shape = shared.shape();
    let response = FeedResponse {
        uid: &shared.info.uid,
        order: shape.order,
    };
    let mut out = response.to_string().into_bytes();
    let start = out.len();
    // A pattern's text has at most 5 digits, its sign and its length.
    out.resize(start + 2 * (9 + 8 * shape.channels as usize), 0);
    let n = encode_patterns(shape, &mut out[start..]).map_err(io::Error::other)?;
    out.truncate(start + n);

    // Listed before the answer, so that no sample is missed behind it.
    let (queue, samples) = sync_channel(QUEUE);
    let number = shared.served.fetch_add(1, Ordering::Relaxed);
    shared.readers().push(Reader {
        number,
        queue,
        stream: stream.try_clone()?,
    });
    let told = stream
        .write_all(&out)
        .and_then(|()| pass_on(shared, &mut stream, &samples));
    // The next sample, which would find out, may be long in coming.
    let mut readers = shared.readers();
    let listed = readers.iter().position(|reader| reader.number == number);
    // Whoever is listed no more was dropped, and told of, as its queue was full.
    if let Some(at) = listed {
        readers.swap_remove(at);
        let kinds = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
        if told
            .as_ref()
            .is_err_and(|error| kinds.contains(&error.kind()))
        {
            shared.dropped_one();
        }
    }
    told
}

/// Writes what is pushed, several samples at once where they wait.
fn pass_on(
    shared: &Shared,
    stream: &mut TcpStream,
    samples: &Receiver<Arc<[u8]>>,
) -> io::Result<()> {
    let mut out = Vec::new();
    while !shared.stop.is_stopped() {
        match samples.recv_timeout(LOOK) {
            Ok(sample) => {
                out.extend_from_slice(&sample);
                while out.len() < WRITE
                    && let Ok(sample) = samples.try_recv()
                {
                    out.extend_from_slice(&sample);
                }
                stream.write_all(&out)?;
                out.clear();
            }
            Err(RecvTimeoutError::Timeout) if is_gone(stream) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    Ok(())
}

/// Whether the client has closed; what it says meanwhile means nothing.
fn is_gone(stream: &mut TcpStream) -> bool {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    match poll(&mut [PollFd::new(stream, PollFlags::IN)], Some(&now)) {
        Ok(0) | Err(_) => false,
        Ok(_) => !stream.read(&mut [0; 512]).is_ok_and(|n| n > 0),
    }
}
