//! 16-bit little-endian PCM that another program writes: to a Unix socket on which the daemon listens,
//! one writer at a time, or to a FIFO.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wok_core::config::Protocol;

use super::{Backoff, Equipment, Outlet};
use crate::config::reader::Table;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The daemon makes the socket and listens on it.
    Socket,
    /// The FIFO was made by `mkfifo`.
    Fifo,
}

/// PCM from another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Socket or FIFO.
    pub way: Way,
    /// Its path.
    pub path: PathBuf,
}

/// Sample rates that are brought to 16 kHz.
pub(crate) const RATES: [i64; 3] = [16_000, 44_100, 48_000];

/// The `rate` and `channels` of a section.
pub(crate) fn read_format(table: &Table<'_>) -> Protocol {
    let rate_hz = table
        .integer_of("rate", &RATES)
        .and_then(|spot| u32::try_from(spot.value).ok());
    let channels = table
        .integer("channels", 1..=8)
        .and_then(|spot| u8::try_from(spot.value).ok());
    Protocol::Pcm {
        rate_hz: rate_hz.unwrap_or(16_000),
        channels: channels.unwrap_or(1),
    }
}

fn read(table: &Table<'_>, way: Way, remedy: &str) -> Option<Equipment> {
    let path = table.path("path").map(|spot| spot.value);
    let path = table.need("path", remedy, path);
    let protocol = read_format(table);
    Some(Equipment {
        protocol,
        source: super::Config::Pcm(Config { way, path: path? }),
    })
}

pub(crate) fn read_socket(table: &Table<'_>) -> Option<Equipment> {
    read(
        table,
        Way::Socket,
        "name the socket that the daemon is to listen on, such as \"/run/wokd/microphone.pcm\"",
    )
}

pub(crate) fn read_fifo(table: &Table<'_>) -> Option<Equipment> {
    read(
        table,
        Way::Fifo,
        "name a FIFO; make one with `mkfifo /run/wokd/microphone.pcm`",
    )
}

/// How long one wait lasts before the stop is looked at.
const TURN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};
/// Most bytes of one read.
const READ: usize = 16 * 1024;

pub(super) fn run(config: &Config, outlet: &Outlet) {
    let mut backoff = Backoff::new();
    while !outlet.stop.is_stopped() {
        let reads = outlet.health.state().reads;
        let ended = match config.way {
            Way::Socket => listen(&config.path, outlet),
            Way::Fifo => follow(&config.path, outlet),
        };
        if let Err(error) = ended {
            outlet.down(&error.to_string());
        }
        if outlet.health.state().reads > reads {
            backoff.reset();
        }
        outlet.stop.wait(backoff.next());
    }
    outlet.down("stopped");
}

fn explained(kind: ErrorKind, what: String) -> io::Error {
    io::Error::new(kind, what)
}

/// Whether there is something to read, or the other end has gone.
fn ready(fd: &impl std::os::fd::AsFd) -> io::Result<bool> {
    match poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&TURN)) {
        Ok(n) => Ok(n > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A listening socket that is taken away again.
struct Listener {
    socket: UnixListener,
    path: PathBuf,
}

impl Listener {
    fn open(path: &Path) -> io::Result<Self> {
        let shown = path.display();
        if let Ok(there) = path.symlink_metadata() {
            if !there.file_type().is_socket() {
                let what =
                    format!("{shown} is there and is no socket; name another path, or remove it");
                return Err(explained(ErrorKind::AlreadyExists, what));
            }
            if UnixStream::connect(path).is_ok() {
                let what =
                    format!("another program listens on {shown}; stop it, or name another path");
                return Err(explained(ErrorKind::AddrInUse, what));
            }
            // Left behind by a daemon that was killed.
            fs::remove_file(path)?;
        }
        let socket = UnixListener::bind(path).map_err(|error| {
            let what = format!(
                "cannot listen on {shown} ({error}); its folder must be there and writable"
            );
            explained(error.kind(), what)
        })?;
        socket.set_nonblocking(true)?;
        // Writers of the daemon's group, nobody else.
        fs::set_permissions(path, fs::Permissions::from_mode(0o660))?;
        Ok(Self {
            socket,
            path: path.to_owned(),
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn listen(path: &Path, outlet: &Outlet) -> io::Result<()> {
    let listener = Listener::open(path)?;
    outlet.down(&format!("nobody writes to {}", path.display()));
    while !outlet.stop.is_stopped() {
        if !ready(&listener.socket)? {
            continue;
        }
        match listener.socket.accept() {
            Ok((writer, _)) => {
                outlet.health.opened();
                writer.set_nonblocking(true)?;
                let why = drain(writer, outlet);
                outlet.down(&format!("the writer to {} is gone ({why})", path.display()));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads a writer to its end; why it ended.
fn drain(mut writer: UnixStream, outlet: &Outlet) -> String {
    let mut buffer = vec![0; READ];
    while !outlet.stop.is_stopped() {
        match ready(&writer) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => return error.to_string(),
        }
        let got = writer.read(&mut buffer);
        let at = outlet.clock.now();
        match got {
            Ok(0) => return "it closed".to_owned(),
            Ok(n) => outlet.push(at, &buffer[..n]),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return error.to_string(),
        }
    }
    "stopped".to_owned()
}

/// Opens a FIFO without waiting for its writer.
fn open_fifo(path: &Path) -> io::Result<File> {
    let shown = path.display();
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| {
            let what = match error.kind() {
                ErrorKind::NotFound => {
                    format!("{shown} is not there; make it with `mkfifo {shown}`")
                }
                _ => format!("{shown} cannot be opened ({error})"),
            };
            explained(error.kind(), what)
        })?;
    if !file.metadata()?.file_type().is_fifo() {
        let what = format!("{shown} is no FIFO; remove it and make one with `mkfifo {shown}`");
        return Err(explained(ErrorKind::InvalidInput, what));
    }
    Ok(file)
}

fn follow(path: &Path, outlet: &Outlet) -> io::Result<()> {
    let mut fifo = open_fifo(path)?;
    outlet.health.opened();
    let mut buffer = vec![0; READ];
    while !outlet.stop.is_stopped() {
        if !ready(&fifo)? {
            continue;
        }
        let got = fifo.read(&mut buffer);
        let at = outlet.clock.now();
        match got {
            // No writer: the next one is waited for; a poll would return at once until it comes.
            Ok(0) => {
                outlet.down(&format!("nobody writes to {}", path.display()));
                outlet.stop.wait(Duration::from_millis(50));
            }
            Ok(n) => outlet.push(at, &buffer[..n]),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
