//! What no broker has acknowledged yet, on disk, so that it outlives the process.
//!
//! The table that it copies is small, so each change writes the whole of it anew and renames it into place:
//! whatever happens, the file is one that was whole. A thread of its own does so; a disk that hangs holds up
//! nobody else. While a broker acknowledges within [`SETTLES`], nothing is written at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::publisher::Shared;
use super::words::Kept;

/// How long a broker has before what it was told is put on disk.
const SETTLES: Duration = Duration::from_millis(50);
/// The version of the file's format.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    version: u32,
    messages: Vec<Message>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Message {
    topic: String,
    /// Every payload here is JSON, which is text.
    payload: String,
    retain: bool,
    /// UTC, ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

/// The file.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    /// What it holds, unless writing failed.
    holds: Option<Vec<Kept>>,
}

impl Spool {
    /// Opens the file and gives what an earlier process left in it that is still worth something, and how
    /// many messages were not. A file that cannot be understood is put aside, told, and empty.
    ///
    /// # Errors
    /// When the file or its folder cannot be read or written.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<Kept>, u64)> {
        let explain = |error: io::Error| {
            let what = format!("the spool {}: {error}", path.display());
            io::Error::new(error.kind(), what)
        };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(explain(error)),
        };
        let (kept, expired) = if text.is_empty() {
            (Vec::new(), 0)
        } else {
            match serde_json::from_slice::<Contents>(&text) {
                Ok(contents) if contents.version == VERSION => still_worth(contents),
                _ => {
                    let aside = path.with_extension("spoiled");
                    fs::rename(path, &aside).map_err(explain)?;
                    tracing::error!(aside = %aside.display(), "the spool was spoiled or of another version, and was put aside; what it held is not sent");
                    (Vec::new(), 0)
                }
            }
        };
        let mut spool = Self {
            path: path.to_owned(),
            holds: None,
        };
        spool.keep(&kept).map_err(explain)?;
        Ok((spool, kept, expired))
    }

    /// Makes this the whole content of the file.
    fn keep(&mut self, kept: &[Kept]) -> io::Result<()> {
        let now = utc_ms();
        let messages = kept.iter().map(|kept| Message {
            topic: kept.topic.clone(),
            payload: String::from_utf8_lossy(&kept.payload).into_owned(),
            retain: kept.retain,
            expires_at: kept.lasts.map(|lasts| now + lasts.as_millis() as u64),
        });
        let contents = Contents {
            version: VERSION,
            messages: messages.collect(),
        };
        self.holds = None;
        let fresh = self.path.with_extension("fresh");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(&serde_json::to_vec(&contents)?)?;
        file.sync_data()?;
        fs::rename(&fresh, &self.path)?;
        let folder = self.path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        self.holds = Some(kept.to_vec());
        Ok(())
    }

    /// Starts the thread that keeps the file as the table is, until the publisher has ended.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(mut self, shared: Arc<Shared>) -> io::Result<JoinHandle<()>> {
        std::thread::Builder::new()
            .name("wokd-spool".into())
            .spawn(move || {
                let mut fails = false;
                loop {
                    // Before the look, so that nothing that comes after it is missed.
                    let last = shared.spooled.load(Ordering::Acquire);
                    let kept = shared.words().kept(Instant::now());
                    if !self.is(&kept) {
                        let failed = self.keep(&kept).err();
                        if let Some(error) = failed.as_ref().filter(|_| !fails) {
                            tracing::error!(spool = %self.path.display(), %error, "messages cannot be kept on disk; they are sent all the same, and tried again");
                        }
                        fails = failed.is_some();
                        shared.unspooled.store(fails, Ordering::Relaxed);
                    }
                    if last {
                        return;
                    }
                    std::thread::park_timeout(if fails { 20 * SETTLES } else { 1200 * SETTLES });
                    std::thread::sleep(SETTLES);
                }
            })
    }

    /// Whether the file holds this already; how long something lasts still changes by itself.
    fn is(&self, kept: &[Kept]) -> bool {
        self.holds.as_ref().is_some_and(|holds| {
            holds.len() == kept.len()
                && holds.iter().zip(kept).all(|(a, b)| {
                    a.topic == b.topic && a.payload == b.payload && a.retain == b.retain
                })
        })
    }
}

/// What has not expired, and how many messages have.
fn still_worth(contents: Contents) -> (Vec<Kept>, u64) {
    let now = utc_ms();
    let before = contents.messages.len();
    let kept: Vec<_> = contents
        .messages
        .into_iter()
        .filter_map(|message| {
            let left = message.expires_at.map(|at| at.saturating_sub(now));
            (left != Some(0)).then(|| Kept {
                topic: message.topic,
                payload: message.payload.into_bytes(),
                retain: message.retain,
                lasts: left.map(Duration::from_millis),
            })
        })
        .collect();
    let expired = (before - kept.len()) as u64;
    (kept, expired)
}

/// UTC is right here: the time of another process has no meaning in this one's.
fn utc_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(payload: &str, lasts: Option<Duration>) -> Kept {
        Kept {
            topic: "wok/home/stove/cue".into(),
            payload: payload.into(),
            retain: false,
            lasts,
        }
    }

    #[test]
    fn what_was_kept_is_there_again_unless_it_expired() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mqtt.spool");
        let (mut spool, kept, _) = Spool::open(&path).unwrap();
        assert_eq!(kept, []);
        let minute = Duration::from_secs(60);
        let messages = [
            message("家", Some(minute)),
            message("late", Some(Duration::from_millis(1))),
            message("ever", None),
        ];
        spool.keep(&messages).unwrap();
        std::thread::sleep(Duration::from_millis(5));
        let (_, kept, expired) = Spool::open(&path).unwrap();
        assert_eq!((kept.len(), expired), (2, 1));
        assert_eq!(kept[0].payload, "家".as_bytes());
        assert!(kept[0].lasts.is_some_and(|lasts| lasts <= minute));
        assert_eq!(kept[1], messages[2]);
    }

    #[test]
    fn a_spoiled_file_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mqtt.spool");
        for text in [
            "{\"version\":1,\"mess",
            "{\"version\":2,\"messages\":[]}",
            "\0",
        ] {
            fs::write(&path, text).unwrap();
            let (_, kept, _) = Spool::open(&path).unwrap();
            assert_eq!(kept, []);
            assert_eq!(
                fs::read_to_string(path.with_extension("spoiled")).unwrap(),
                text
            );
        }
        let nowhere = Spool::open(Path::new("/nowhere/mqtt.spool")).unwrap_err();
        assert!(nowhere.to_string().contains("/nowhere/mqtt.spool"));
    }
}
