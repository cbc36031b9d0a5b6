//! A stream that others read: liblsl inlets and LabRecorder.
//!
//! One thread answers datagrams, one takes connections, and each client has one that writes to it. A client that
//! does not keep up is dropped and counted; a push never waits.

mod client;
mod server;
mod service;

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use firmware_interfaces::lsl::{ByteOrder, Number, Shape, Stamp, encode, encode_texts};
use wok_core::time::HostTime;

use super::{Network, StreamInfo, host_name};
use crate::clock::Clock;
use crate::sources::StopToken;

/// Pushes that wait for a client before it is dropped: more than three minutes of hops, or 40 s of pictures.
const QUEUE: usize = 1024;

/// What an outlet's clients did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Clients that read now.
    pub reading: usize,
    /// Clients that began to read.
    pub served: u64,
    /// Clients that were dropped because they did not keep up.
    pub dropped: u64,
}

/// A stream on the network, for as long as this lives.
pub struct Outlet {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    info: StreamInfo,
    network: Network,
    clock: Arc<dyn Clock>,
    stop: StopToken,
    readers: Mutex<Vec<Reader>>,
    served: AtomicU64,
    dropped: AtomicU64,
}

/// A client's end of its queue, and its connection, to end a write that hangs.
struct Reader {
    /// How many were served before it.
    number: u64,
    queue: SyncSender<Arc<[u8]>>,
    stream: TcpStream,
}

impl Outlet {
    /// Shows a stream at an address of this machine; `0.0.0.0` is all of them, and a loopback address is seen on this
    /// machine alone. `info` says names, type, shape and description; the rest is filled in.
    ///
    /// # Errors
    /// When the address is not this machine's, or the system gives no socket or thread.
    pub fn start(
        mut info: StreamInfo,
        network: &Network,
        at: Ipv4Addr,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let mut range = network.base_port..network.base_port.saturating_add(network.ports);
        let feed = range
            .find_map(|port| TcpListener::bind((at, port)).ok())
            .map_or_else(|| TcpListener::bind((at, 0)), Ok)?;
        let mut range = network.base_port..network.base_port.saturating_add(network.ports);
        let own = range
            .find_map(|port| UdpSocket::bind((at, port)).ok())
            .map_or_else(|| UdpSocket::bind((at, 0)), Ok)?;
        info.data_port = feed.local_addr()?.port();
        info.service_port = own.local_addr()?.port();
        info.session_id.clone_from(&network.session);
        info.host = host_name();
        info.created_at = clock.now().as_secs_f64();
        info.uid = uid()?;
        let shared = Arc::new(Shared {
            info,
            network: network.clone(),
            clock,
            stop: StopToken::default(),
            readers: Mutex::default(),
            served: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        let mut outlet = Self {
            shared: Arc::clone(&shared),
            threads: Vec::new(),
        };
        let named = || std::thread::Builder::new();
        let served = Arc::clone(&shared);
        let service = named().name("lsl service".into());
        let service = service.spawn(move || service::run(&served, own))?;
        outlet.threads.push(service);
        let server = named().name("lsl feed".into());
        let server = server.spawn(move || server::run(&shared, &feed))?;
        outlet.threads.push(server);
        Ok(outlet)
    }

    /// What the outlet says of itself.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.shared.info
    }

    /// Gives every client samples of 32-bit floats, one behind the other. The first was true at `at`, and the others, of
    /// a regular stream, each a nominal period later.
    pub fn push(&self, at: HostTime, values: &[f32]) {
        let channels = (self.shared.info.channels as usize).max(1);
        if self.shared.readers().is_empty() || values.len() < channels {
            return;
        }
        let mut bytes = vec![0; 8 + values.len() / channels * (1 + 4 * channels)];
        let mut numbers = Vec::with_capacity(channels);
        let (mut stamp, mut len) = (Stamp::Seconds(at.as_secs_f64()), 0);
        for sample in values.chunks_exact(channels) {
            numbers.clear();
            numbers.extend(sample.iter().map(|value| Number::Float32(*value)));
            match encode(stamp, &numbers, ByteOrder::Little, &mut bytes[len..]) {
                Ok(written) => len += written,
                Err(_) => return,
            }
            stamp = Stamp::Deduced;
        }
        self.shared.give(&bytes[..len].into());
    }

    /// Gives every client a sample of one text that was true at `at`.
    pub fn push_text(&self, at: HostTime, text: &str) {
        if self.shared.readers().is_empty() {
            return;
        }
        let mut bytes = vec![0; 9 + 9 + text.len()];
        let stamp = Stamp::Seconds(at.as_secs_f64());
        if let Ok(n) = encode_texts(stamp, &[text], ByteOrder::Little, &mut bytes) {
            self.shared.give(&bytes[..n].into());
        }
    }

    /// Who reads.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            reading: self.shared.readers().len(),
            served: self.shared.served.load(Ordering::Relaxed),
            dropped: self.shared.dropped.load(Ordering::Relaxed),
        }
    }
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet")
            .field("info", &self.shared.info)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.shared.stop.stop();
        for reader in self.shared.readers().drain(..) {
            let _ = reader.stream.shutdown(Shutdown::Both);
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn readers(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shape(&self) -> Shape {
        Shape {
            format: self.info.format,
            channels: self.info.channels,
            order: ByteOrder::Little,
        }
    }

    fn dropped_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(
            stream = self.info.name,
            "an LSL client does not keep up and is dropped"
        );
    }

    fn give(&self, sample: &Arc<[u8]>) {
        self.readers().retain(|reader| {
            let sent = reader.queue.try_send(Arc::clone(sample));
            if let Err(TrySendError::Full(_)) = sent {
                self.dropped_one();
                let _ = reader.stream.shutdown(Shutdown::Both);
            }
            sent.is_ok()
        });
    }
}

/// A random UUID (RFC 9562, version 4).
fn uid() -> io::Result<String> {
    let mut bytes = [0; 16];
    io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    Ok(parts.join("-"))
}
