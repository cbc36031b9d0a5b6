//! Who has a device open.

use std::fmt;
use std::fs;
use std::path::Path;

/// A process that has a device open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// The first process other than this one that has the device open, as far as this user may see:
/// the descriptors of other users' processes are root's to read.
#[must_use]
pub(crate) fn of(device: &Path) -> Option<Holder> {
    let real = device.canonicalize().ok()?;
    let this = std::process::id();
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let holds = pid != this
            && fs::read_dir(process.path().join("fd"))
                .ok()?
                .flatten()
                .any(|fd| fs::read_link(fd.path()).is_ok_and(|target| target == real));
        let name = || {
            fs::read_to_string(process.path().join("comm"))
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        holds.then(|| Holder { pid, name: name() })
    })
}
