//! An open serial port, and how it is opened: exclusively, raw, and with an error that says what to do.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{FromRawFd as _, IntoRawFd as _, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serialport::{ClearBuffer, SerialPort as _, TTYPort};

use crate::sources::holder;

/// What a dialect needs of a port.
pub(crate) trait Port {
    /// Reads what is there, waiting at most `wait`; `None` when nothing came.
    ///
    /// # Errors
    /// When the device is gone: it ended, hung up, or gave an I/O error.
    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<Option<usize>>;

    /// Writes all of it.
    ///
    /// # Errors
    /// When the device is gone.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Changes the baud rate and forgets what came at the old one.
    ///
    /// # Errors
    /// When the port cannot do that rate.
    fn set_baud(&mut self, baud: u32) -> io::Result<()>;
}

/// A terminal device. The crate's port keeps the settings; bytes go through a second descriptor of the
/// same open file, because the crate gives up what is still queued when the other end has hung up.
#[derive(Debug)]
pub(crate) struct Tty {
    settings: TTYPort,
    bytes: File,
}

/// Opens a port exclusively: `TIOCEXCL` and a lock, so that neither another daemon nor a terminal program shares it.
pub(crate) fn open(path: &Path, baud: u32) -> io::Result<Tty> {
    let name = path.to_string_lossy().into_owned();
    let settings = serialport::new(name, baud)
        .timeout(Duration::from_millis(100))
        .open_native()
        .map_err(|error| explain(path, &io::Error::from(error)))?;
    let copy = settings.try_clone_native().map_err(io::Error::from)?;
    #[allow(
        unsafe_code,
        reason = "the crate hands out a raw descriptor that nobody else owns"
    )]
    // SAFETY: `into_raw_fd` gives up the duplicate, so that this is its only owner.
    let bytes = File::from(unsafe { OwnedFd::from_raw_fd(copy.into_raw_fd()) });
    shorten_latency(path);
    Ok(Tty { settings, bytes })
}

/// An FTDI adapter holds bytes back for 16 ms by default; 1 ms stops the bursts. Best effort: the file
/// is writable for root or by a udev rule, and `wokd doctor` says so where it is not.
fn shorten_latency(path: &Path) {
    if let Some(tty) = path.file_name() {
        let file = Path::new("/sys/bus/usb-serial/devices")
            .join(tty)
            .join("latency_timer");
        if file.exists() && std::fs::write(&file, "1").is_err() {
            tracing::debug!(file = %file.display(), "the adapter's latency timer stays as it is");
        }
    }
}

/// The error with what to do about it.
fn explain(path: &Path, error: &io::Error) -> io::Error {
    let shown = path.display();
    let what = if let Some(holder) = holder::of(path) {
        format!("{shown} is in use by {holder}; stop that program, or give it another port")
    } else {
        match path.metadata().map_err(|error| error.kind()) {
            Err(io::ErrorKind::NotFound) => format!("{shown} is not there; plug the device in"),
            _ if error.to_string().contains("ermission denied") => {
                format!(
                    "{shown} may not be opened; add the user to the group `dialout` and log in again"
                )
            }
            _ if error.to_string().contains("busy")
                || error.to_string().contains("unavailable") =>
            {
                format!(
                    "{shown} is in use by a program of another user; `sudo fuser {shown}` names it"
                )
            }
            _ => format!(
                "{shown} cannot be opened as a serial port ({error}); check the cable and the name"
            ),
        }
    };
    io::Error::new(error.kind(), what)
}

fn gone(why: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::BrokenPipe,
        format!("the device is gone ({why}); plug it in again"),
    )
}

impl Port for Tty {
    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<Option<usize>> {
        let timeout = Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(wait.subsec_nanos()),
        };
        let mut fds = [PollFd::new(&self.bytes, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(gone(&error.to_string())),
        }
        // After a hang-up what is still queued is read first; then comes the end or an error.
        match rustix::io::read(&self.bytes, buffer) {
            Ok(0) => Err(gone("it hung up")),
            Ok(n) => Ok(Some(n)),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(None),
            Err(error) => Err(gone(&io::Error::from(error).to_string())),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes
            .write_all(bytes)
            .map_err(|error| gone(&error.to_string()))
    }

    fn set_baud(&mut self, baud: u32) -> io::Result<()> {
        self.settings.set_baud_rate(baud).map_err(io::Error::from)?;
        // A pseudo-terminal may refuse; stale bytes are then only skipped later.
        let _ = self.settings.clear(ClearBuffer::Input);
        Ok(())
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        // The exclusive mark of a pseudo-terminal outlives its closing, and would keep the same daemon out.
        let _ = self.settings.set_exclusive(false);
    }
}
