//! Whether a library's file is whole.
//!
//! The dynamic loader maps a truncated file, such as a download that broke off, and the process is
//! killed by SIGBUS when it touches what is missing. Its headers say how long it must be.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Length of the header of a 64-bit ELF file (System V gABI, "ELF Header").
const HEADER: usize = 64;
/// Length of an entry of its program header table.
const SEGMENT: usize = 56;
/// Segments are mapped into memory where their type is this.
const LOAD: u32 = 1;

/// Refuses a 64-bit little-endian ELF file that is shorter than its headers say. Anything else is
/// left to the loader.
pub(crate) fn check_whole(path: &Path) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    let mut file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    // The program headers follow the header in every library that a linker makes.
    let mut start = Vec::new();
    file.by_ref()
        .take(16 * 1024)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    match needed(&start) {
        Some(needed) if needed > size => Err(format!(
            "is truncated: it has {size} bytes and its headers speak of {needed}"
        )),
        _ => Ok(()),
    }
}

/// How long the file must be, from its first bytes.
fn needed(start: &[u8]) -> Option<u64> {
    // Magic, 64-bit, little-endian.
    if start.get(..6)? != b"\x7fELF\x02\x01" || start.len() < HEADER {
        return None;
    }
    let u16_at = |at: usize| {
        Some(u64::from(u16::from_le_bytes(
            *start.get(at..)?.first_chunk()?,
        )))
    };
    let u32_at = |at: usize| Some(u32::from_le_bytes(*start.get(at..)?.first_chunk()?));
    let u64_at = |at: usize| Some(u64::from_le_bytes(*start.get(at..)?.first_chunk()?));
    let (segments, segment_len, segment_count) = (u64_at(0x20)?, u16_at(0x36)?, u16_at(0x38)?);
    let (sections, section_len, section_count) = (u64_at(0x28)?, u16_at(0x3a)?, u16_at(0x3c)?);
    let mut needed = segments.saturating_add(segment_len * segment_count);
    if section_count > 0 {
        needed = needed.max(sections.saturating_add(section_len * section_count));
    }
    for n in 0..segment_count {
        let at = usize::try_from(segments.saturating_add(n * segment_len)).ok()?;
        let Some(segment) = start.get(at..).filter(|rest| rest.len() >= SEGMENT) else {
            break;
        };
        let in_segment = |at: usize| Some(u64::from_le_bytes(*segment.get(at..)?.first_chunk()?));
        if u32_at(at)? == LOAD {
            let end = in_segment(0x08)?.saturating_add(in_segment(0x20)?);
            needed = needed.max(end);
        }
    }
    Some(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file_passes_and_a_broken_off_one_does_not() {
        let program = std::env::current_exe().unwrap();
        assert_eq!(check_whole(&program), Ok(()));
        let bytes = std::fs::read(&program).unwrap();
        let broken = tempfile::NamedTempFile::new().unwrap();
        for share in [2, 10, 100] {
            std::fs::write(broken.path(), &bytes[..bytes.len() / share]).unwrap();
            let why = check_whole(broken.path()).unwrap_err();
            assert!(why.contains("is truncated"), "{why}");
        }
    }

    #[test]
    fn what_is_no_elf_file_is_left_to_the_loader() {
        let check = |bytes: &[u8]| assert_eq!(needed(bytes), None, "{bytes:?}");
        check(b"");
        check(b"text");
        check(b"\x7fELF\x02\x01");
        check(
            b"\x7fELF\x01\x01 and so on, a 32-bit file of at least sixty-four bytes in all......",
        );
    }

    #[test]
    fn headers_of_garbage_are_no_panic() {
        let mut bytes = vec![0xff; 200];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        // It asks for more than any file has.
        assert_eq!(needed(&bytes), Some(u64::MAX));
    }
}
