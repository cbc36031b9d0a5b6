//! From the configured name of a device to the device file it means now, or why it means none.

use std::io;
use std::path::{Path, PathBuf};

use crate::sources::usb;

/// The device file that the name means, for a device of a kernel class (`tty`, `video4linux`). A name that could mean another device tomorrow is refused.
///
/// # Errors
/// Not there; or ambiguous: a pattern with several matches, or a by-id name that several equal
/// adapters without a serial number share.
pub(super) fn resolve(name: &Path, class: &str) -> io::Result<PathBuf> {
    resolve_in(name, class, Path::new("/sys"))
}

fn resolve_in(port: &Path, class: &str, sys: &Path) -> io::Result<PathBuf> {
    let found = expand(port)?;
    let real = found
        .canonicalize()
        .map_err(|error| missing(&found, &error))?;
    let by_id = found
        .parent()
        .is_some_and(|folder| folder.ends_with("by-id"));
    if by_id && let Some(name) = real.file_name().and_then(|name| name.to_str()) {
        let twins = usb::twins(sys, class, name);
        if !twins.is_empty() {
            let what = format!(
                "{} is ambiguous: {} has the same vendor, product and serial number; \
                 use its name under by-path, which `wokd devices` lists",
                found.display(),
                twins.join(", "),
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
    }
    Ok(real)
}

fn missing(path: &Path, error: &io::Error) -> io::Error {
    let what = match error.kind() {
        io::ErrorKind::NotFound => {
            format!(
                "{} is not there; plug the device in (`wokd devices` lists what is)",
                path.display()
            )
        }
        _ => format!("{} cannot be looked up ({error})", path.display()),
    };
    io::Error::new(error.kind(), what)
}

/// Puts the one match in place of a `*`.
fn expand(port: &Path) -> io::Result<PathBuf> {
    let (Some(folder), Some(pattern)) = (
        port.parent(),
        port.file_name().and_then(|name| name.to_str()),
    ) else {
        return Ok(port.to_owned());
    };
    if !pattern.contains('*') {
        return Ok(port.to_owned());
    }
    let entries = folder.read_dir().map_err(|error| missing(folder, &error))?;
    let mut matches: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| fits(pattern, name))
        })
        .map(|entry| entry.path())
        .collect();
    matches.sort();
    match matches.len() {
        1 => Ok(matches.remove(0)),
        0 => Err(missing(port, &io::ErrorKind::NotFound.into())),
        _ => {
            let names: Vec<_> = matches
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let what = format!(
                "{} is ambiguous: it fits {}; write one of them",
                port.display(),
                names.join(" and ")
            );
            Err(io::Error::new(io::ErrorKind::InvalidInput, what))
        }
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            match rest.find(before) {
                Some(at) => rest = &rest[at + before.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expect) in [
            ("usb-FTDI*port0", "usb-FTDI_FT231X_DM03-if00-port0", true),
            ("usb-FTDI*port0", "usb-FTDI_FT231X_DM03-if00-port1", false),
            ("*", "anything", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("plain", "plain", true),
            ("plain", "plainer", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, name), expect, "{pattern} {name}");
        }
    }

    #[test]
    fn two_matches_are_ambiguous_and_none_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let pattern = folder.path().join("usb-*");
        assert_eq!(
            resolve(&pattern, "tty").unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        std::fs::write(folder.path().join("usb-one"), "").unwrap();
        assert!(resolve(&pattern, "tty").unwrap().ends_with("usb-one"));
        std::fs::write(folder.path().join("usb-two"), "").unwrap();
        let error = resolve(&pattern, "tty").unwrap_err().to_string();
        assert!(
            error.contains("usb-one and ")
                && error.contains("usb-two")
                && error.contains("ambiguous"),
            "{error}"
        );
    }

    #[test]
    fn a_by_id_name_that_two_adapters_share_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (dev, sys) = (folder.path().join("dev"), folder.path().join("sys"));
        let by_id = dev.join("serial/by-id");
        std::fs::create_dir_all(&by_id).unwrap();
        std::fs::write(dev.join("ttyUSB0"), "").unwrap();
        let name = by_id.join("usb-1a86_USB_Serial-if00-port0");
        std::os::unix::fs::symlink(dev.join("ttyUSB0"), &name).unwrap();
        usb::fake::adapter(&sys, "ttyUSB0", "1-1", ("1a86", "7523", None));
        assert!(resolve_in(&name, "tty", &sys).unwrap().ends_with("ttyUSB0"));
        usb::fake::adapter(&sys, "ttyUSB1", "1-2", ("1a86", "7523", None));
        let error = resolve_in(&name, "tty", &sys).unwrap_err().to_string();
        assert!(
            error.contains("ttyUSB1") && error.contains("by-path"),
            "{error}"
        );
        // A serial number of its own tells them apart.
        usb::fake::adapter(&sys, "ttyUSB0", "1-1", ("1a86", "7523", Some("DM03")));
        assert!(resolve_in(&name, "tty", &sys).is_ok());
    }
}
