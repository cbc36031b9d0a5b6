//! Releases of ONNX Runtime that must not even be loaded.
//!
//! A library's code runs as soon as it is loaded, before it can be asked for its version. Each release
//! also stands in the version of its symbols, `VERS_1.27.0`, among the strings at the file's start.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Release, processor as in [`std::env::consts::ARCH`], why.
const BROKEN: &[(&str, &str, &str)] = &[(
    "1.21.0",
    "aarch64",
    // github.com/microsoft/onnxruntime/issues/23957
    "dies of an illegal instruction on a Raspberry Pi 4",
)];

/// How much of the file is read; in the releases 1.21.0 and 1.27.0 the name stands before 20 kB.
const START: u64 = 1 << 20;

/// Refuses a file of a release that does not run on the processor. A file that does not tell its
/// release is left to the loader.
pub(super) fn check(path: &Path, processor: &str) -> Result<(), String> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(START).read_to_end(&mut start))
        .map_err(|error| format!("cannot be read ({error})"))?;
    let release = release(&start);
    let broken = BROKEN
        .iter()
        .find(|(name, on, _)| release == Some(name) && *on == processor);
    match broken {
        Some((name, on, why)) => Err(format!(
            "version {name} for {on} {why}; take another version"
        )),
        None => Ok(()),
    }
}

/// The release that a library's first bytes name.
fn release(start: &[u8]) -> Option<&str> {
    const MARK: &[u8] = b"\0VERS_";
    let at = start.windows(MARK.len()).position(|bytes| bytes == MARK)?;
    let name = start
        .get(at + MARK.len()..)?
        .split(|byte| *byte == 0)
        .next()?;
    std::str::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_that_dies_on_arm64_is_refused_there_alone() {
        let check = |release: &str, processor: &str, expect: bool| {
            let file = tempfile::NamedTempFile::new().unwrap();
            let strings = format!("\x7fELF\0OrtGetApiBase\0VERS_{release}\0{release}\0");
            std::fs::write(file.path(), strings).unwrap();
            let checked = check(file.path(), processor);
            assert_eq!(
                checked.is_ok(),
                expect,
                "{release} {processor}: {checked:?}"
            );
        };
        check("1.21.0", "aarch64", false);
        check("1.21.0", "x86_64", true);
        check("1.21.1", "aarch64", true);
        check("1.20.1", "aarch64", true);
        check("1.27.0", "aarch64", true);
    }

    #[test]
    fn a_file_that_names_no_release_is_left_to_the_loader() {
        for bytes in [&b""[..], b"text", b"\0VERS_", b"\0VERS_\xff\0"] {
            assert!(matches!(release(bytes), None | Some("")), "{bytes:?}");
        }
    }

    #[test]
    fn a_real_library_names_its_release() {
        let library = super::super::Runtime::load(None).unwrap();
        let mut start = std::fs::read(library.path()).unwrap();
        start.truncate(START as usize);
        assert_eq!(release(&start), Some(library.version()));
    }
}
