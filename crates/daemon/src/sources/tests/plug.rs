//! Serial devices on pseudo-terminals.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use firmware_interfaces::woklink;

use crate::sources::StopToken;

/// A serial device: what it answers to what it is told, and what it streams.
pub(super) trait Device: Send {
    /// Answers the bytes that the daemon wrote.
    fn told(&mut self, bytes: &[u8]) -> Vec<u8>;
}

/// The device's end of a pseudo-terminal, with a thread that answers.
pub(super) struct Plug {
    pub(super) name: PathBuf,
    master: Arc<File>,
    unplug: StopToken,
    told: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Plug {
    pub(super) fn new(mut device: Box<dyn Device>) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = PathBuf::from(ptsname(&master, Vec::new()).unwrap().into_string().unwrap());
        let master = Arc::new(File::from(master));
        let (unplug, told) = (StopToken::default(), Arc::new(Mutex::new(Vec::new())));
        let thread = {
            let (master, unplug, told) = (Arc::clone(&master), unplug.clone(), Arc::clone(&told));
            std::thread::spawn(move || {
                let mut buffer = [0; 512];
                while !unplug.is_stopped() {
                    let mut fds = [rustix::event::PollFd::new(
                        &*master,
                        rustix::event::PollFlags::IN,
                    )];
                    let wait = rustix::event::Timespec {
                        tv_sec: 0,
                        tv_nsec: 5_000_000,
                    };
                    if rustix::event::poll(&mut fds, Some(&wait)).unwrap() == 0 {
                        continue;
                    }
                    // Nobody has the other end open: wait for it.
                    let Ok(n) = (&*master).read(&mut buffer) else {
                        std::thread::sleep(Duration::from_millis(5));
                        continue;
                    };
                    told.lock().unwrap().extend_from_slice(&buffer[..n]);
                    (&*master).write_all(&device.told(&buffer[..n])).unwrap();
                }
            })
        };
        Self {
            name,
            master,
            unplug,
            told,
            thread: Some(thread),
        }
    }

    /// Streams bytes in odd pieces.
    pub(super) fn stream(&self, bytes: &[u8]) {
        for piece in bytes.chunks(997) {
            (&*self.master).write_all(piece).unwrap();
        }
    }

    pub(super) fn was_told(&self, bytes: &[u8]) -> bool {
        self.told
            .lock()
            .unwrap()
            .windows(bytes.len())
            .any(|window| window == bytes)
    }
}

impl Drop for Plug {
    fn drop(&mut self) {
        self.unplug.stop();
        self.thread.take().unwrap().join().unwrap();
    }
}

pub(super) struct Mute;
impl Device for Mute {
    fn told(&mut self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

/// Answers every command but start and stop with a text, as a board does.
pub(super) struct Board;
impl Device for Board {
    fn told(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes
            .iter()
            .filter(|byte| b"vcCX".contains(byte))
            .flat_map(|_| *b"OpenBCI V3 8-16 channel\n$$$")
            .collect()
    }
}

/// Answers pings at once.
#[derive(Default)]
pub(super) struct Rig(Box<Option<woklink::Decoder>>, woklink::Encoder);
impl Device for Rig {
    fn told(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut answers = Vec::new();
        let encoder = &mut self.1;
        self.0
            .get_or_insert_with(woklink::Decoder::new)
            .push(bytes, |item| {
                if let woklink::Item::Message {
                    header,
                    message: woklink::Message::Ping { id },
                } = item
                {
                    let pong = woklink::Pong {
                        id,
                        host_us: header.time_us,
                        received_us: 5_000_000,
                    };
                    let mut out = [0; woklink::MAX_WIRE];
                    let n = encoder
                        .encode(5_000_040, &woklink::Message::Pong(pong), &mut out)
                        .unwrap();
                    answers.extend_from_slice(&out[..n]);
                }
            });
        answers
    }
}
