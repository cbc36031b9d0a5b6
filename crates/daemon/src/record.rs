//! The event log on disk: written only when asked for, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use wok_core::event::Event;
use wok_core::log::{self, LogError};

/// Takes every event of a run.
pub trait Recorder: Send {
    /// Takes the next event.
    fn record(&mut self, event: &Event);
    /// Writes out what is buffered, at least once a second.
    fn flush(&mut self);
}

/// Records nothing: nobody asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRecorder;

impl Recorder for NoRecorder {
    fn record(&mut self, _: &Event) {}
    fn flush(&mut self) {}
}

/// Bytes that may wait for the next flush.
const BUFFER: usize = 256 * 1024;

/// Writes the log to a file. When the disk fails recording stops with an error in the log; scoring goes on.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
    /// Rings the thread that waits for the disk, so that the pipeline does not.
    sync: Option<SyncSender<()>>,
    syncing: Option<JoinHandle<()>>,
}

impl LogFile {
    /// Creates the file; it must not exist yet.
    ///
    /// # Errors
    /// When it exists or cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(&log::MAGIC)?;
        // The folder too, or a power cut leaves a file that nobody finds.
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        let (sync, rung) = sync_channel(1);
        let disk = file.try_clone()?;
        let syncing = std::thread::Builder::new()
            .name("wokd-record".into())
            .spawn(move || {
                while rung.recv().is_ok() {
                    // The system tells a late write's failure once, here.
                    if let Err(error) = disk.sync_data() {
                        metrics::counter!("wokd_errors_total", "stage" => "record", "error_type" => "sync").increment(1);
                        tracing::error!(%error, "the recording did not reach the disk whole; look at the disk and start a new recording");
                    }
                }
            })?;
        Ok(Self {
            sync: Some(sync),
            syncing: Some(syncing),
            path: path.to_owned(),
            file: Some(file),
            buffer: Vec::with_capacity(2 * BUFFER),
        })
    }

    fn write_out(&mut self) {
        let Some(file) = &mut self.file else { return };
        let result = file.write_all(&self.buffer);
        self.buffer.clear();
        if let Err(error) = result {
            metrics::counter!("wokd_errors_total", "stage" => "record", "error_type" => "write")
                .increment(1);
            tracing::error!(path = %self.path.display(), %error, "recording stopped; scoring goes on. Free the disk and start a new recording");
            self.file = None;
        }
    }
}

impl Recorder for LogFile {
    fn record(&mut self, event: &Event) {
        if self.file.is_some() {
            log::write(event, &mut self.buffer);
            if self.buffer.len() > BUFFER {
                self.write_out();
            }
        }
    }

    fn flush(&mut self) {
        self.write_out();
        // Full: the disk is still busy with the last one.
        let _ = self.sync.as_ref().map(|sync| sync.try_send(()));
    }
}

impl Drop for LogFile {
    /// What was recorded is on the disk before the process ends.
    fn drop(&mut self) {
        self.write_out();
        if let Some(sync) = self.sync.take() {
            // Waits for the sync before, then asks for the last one.
            let _ = sync.send(());
        }
        if let Some(thread) = self.syncing.take() {
            let _ = thread.join();
        }
    }
}

/// The events of a recorded log, and why it ends where it does: `None` at a clean end.
///
/// # Errors
/// When the file cannot be read or is no log.
pub fn read(path: &Path) -> io::Result<(Vec<Event>, Option<LogError>)> {
    let bytes = std::fs::read(path)?;
    events(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// The events in the bytes of a log, up to the first that is not whole.
///
/// # Errors
/// [`LogError::NotALog`].
pub fn events(bytes: &[u8]) -> Result<(Vec<Event>, Option<LogError>), LogError> {
    let mut rest = log::open(bytes)?;
    let mut events = Vec::new();
    while !rest.is_empty() {
        match log::read(rest) {
            Ok((event, taken)) => {
                events.push(event);
                rest = &rest[taken..];
            }
            Err(error) => return Ok((events, Some(error))),
        }
    }
    Ok((events, None))
}
