//! Simulated devices that a daemon cannot tell from real ones: pseudo-terminals and a PCM socket.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use wok_core::time::{HostTime, MS};
use wok_simulator::{Device, Emission, Rig};

use crate::clock::Clock;

/// The device's end of a pseudo-terminal.
#[derive(Debug)]
pub struct Pty {
    master: File,
    /// Kept open, so that the line is not hung up between two readers.
    slave: Option<OwnedFd>,
    path: PathBuf,
}

impl Pty {
    /// Opens a pair in raw mode.
    ///
    /// # Errors
    /// When the system has none.
    pub fn open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.to_string_lossy().into_owned());
        let slave = rustix::fs::open(
            &path,
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )?;
        let mut raw = tcgetattr(&slave)?;
        raw.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &raw)?;
        fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
        Ok(Self {
            master: File::from(master),
            slave: Some(slave),
            path,
        })
    }

    /// What the host opens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the host's end to the host alone, as with a real device: a line that somebody else has
    /// open is refused as busy, and a host in another process cannot tell who that is.
    pub fn let_go(&mut self) {
        self.slave = None;
    }

    /// Says something. A line nobody reads fills up; what does not fit is lost, as on a real one.
    pub fn say(&mut self, bytes: &[u8]) {
        let _ = self.master.write_all(bytes);
    }

    /// What the host said since.
    pub fn hear(&mut self) -> Vec<u8> {
        let mut heard = vec![0; 1024];
        let n = self.master.read(&mut heard).unwrap_or(0);
        heard.truncate(n);
        heard
    }
}

/// The lines of one simulated rig.
#[derive(Debug)]
pub struct Lines {
    /// The headset's.
    pub headset: Pty,
    /// The thermal module's.
    pub camera: Pty,
    /// The socket that the daemon listens on for the microphone.
    pub microphone: PathBuf,
}

impl Lines {
    /// Opens the lines; the microphone's socket lies in `folder`.
    ///
    /// # Errors
    /// When the system has no pseudo-terminal.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            headset: Pty::open()?,
            camera: Pty::open()?,
            microphone: folder.join("microphone.pcm"),
        })
    }
}

/// A cook under way.
#[derive(Debug)]
pub struct Puppet {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Puppet {
    /// Lets `rig` cook in real time over `lines`; when a cook is over, `again` gives the next one, or ends it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        rig: Rig,
        mut lines: Lines,
        clock: Arc<dyn Clock>,
        mut again: impl FnMut() -> Option<Rig> + Send + 'static,
    ) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("simulated rig".into())
            .spawn(move || {
                let mut microphone = None;
                let mut next = Some(rig);
                while let Some(rig) = next.take() {
                    cook(rig, &mut lines, &mut microphone, &*clock, &stopped);
                    if !stopped.load(Ordering::Relaxed) {
                        next = again();
                    }
                }
            })?;
        Ok(Self { stop, thread })
    }

    /// Ends the cook.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        // A puppet that panicked has nothing more to end.
        let _ = self.thread.join();
    }
}

/// Longest nap, so that a stop and the host's commands are heard soon.
const NAP: i64 = 20 * MS;

fn cook(
    mut rig: Rig,
    lines: &mut Lines,
    microphone: &mut Option<UnixStream>,
    clock: &dyn Clock,
    stop: &AtomicBool,
) {
    let start = clock.now();
    let mut bytes = Vec::new();
    loop {
        let Some(Emission {
            at_ns,
            device,
            bytes: said,
        }) = rig.next()
        else {
            return;
        };
        bytes.clear();
        bytes.extend_from_slice(said);
        while let left = (start + at_ns) - clock.now()
            && left > 0
        {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(Duration::from_nanos(left.min(NAP).unsigned_abs()));
            listen(&mut rig, lines, start, clock.now());
        }
        match device {
            Device::Headset => lines.headset.say(&bytes),
            Device::Camera => lines.camera.say(&bytes),
            Device::Microphone => {
                if microphone.is_none() {
                    *microphone = UnixStream::connect(&lines.microphone).ok();
                }
                if let Some(socket) = microphone
                    && socket.write_all(&bytes).is_err()
                {
                    *microphone = None;
                }
            }
        }
    }
}

fn listen(rig: &mut Rig, lines: &mut Lines, start: HostTime, now: HostTime) {
    for (device, pty) in [
        (Device::Headset, &mut lines.headset),
        (Device::Camera, &mut lines.camera),
    ] {
        let heard = pty.hear();
        if !heard.is_empty() {
            rig.hear(device, now - start, &heard);
        }
    }
}
