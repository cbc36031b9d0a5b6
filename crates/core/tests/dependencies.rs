//! The core depends on what is listed here and on nothing else, however indirectly: no runtime, no file, no clock, no socket.

#![allow(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test asks cargo for the dependencies; the core itself starts no program and fails by values"
)]

use std::collections::BTreeSet;
use std::process::Command;

/// Every package that the core is built with, and what it is there for. To add one, make sure that it computes and does nothing else.
const ALLOWED: &[(&str, &str)] = &[
    (
        "firmware-interfaces",
        "ours: the log's bytes are decoded in the core",
    ),
    ("biquad", "second-order filters"),
    ("libm", "mathematics for biquad"),
    ("crc32fast", "checksums of the log's records"),
    ("cfg-if", "conditional compilation for crc32fast"),
    ("ndarray", "arrays"),
    ("matrixmultiply", "products for ndarray"),
    ("rawpointer", "pointers for ndarray"),
    ("realfft", "Fourier transforms of real signals"),
    ("rustfft", "Fourier transforms for realfft"),
    ("num-complex", "complex numbers"),
    ("num-integer", "integers"),
    ("num-traits", "numeric traits"),
    ("primal-check", "primes for rustfft"),
    ("strength_reduce", "division for rustfft"),
    ("transpose", "transposition for rustfft"),
    ("rubato", "fixed-ratio resampling of audio"),
    ("audio-codec-algorithms", "sample formats for rubato"),
    ("audioadapter", "buffer traits of rubato"),
    ("audioadapter-buffers", "buffers of rubato"),
    ("audioadapter-sample", "sample formats for rubato"),
    ("windowfunctions", "windows for rubato"),
];

fn tree() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--package", "wok-core"])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none"])
        .args(["--format", "{p}"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "wok-core")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_core_depends_on_the_list_and_on_nothing_else() {
    let allowed: BTreeSet<String> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let present = tree();
    assert!(present.contains("firmware-interfaces"), "{present:?}");
    let forbidden: Vec<_> = present.difference(&allowed).collect();
    assert!(
        forbidden.is_empty(),
        "{forbidden:?} came in; a pure core may not depend on it, or the list must say what for"
    );
    let gone: Vec<_> = allowed.difference(&present).collect();
    assert!(
        gone.is_empty(),
        "{gone:?} went out; the list still names it"
    );
}

#[test]
fn the_list_names_nothing_that_acts() {
    for (name, what_for) in ALLOWED {
        assert!(!what_for.is_empty(), "{name}");
        for acting in [
            "tokio",
            "async-std",
            "smol",
            "mio",
            "polling",
            "serde",
            "tracing",
            "log",
            "chrono",
            "time",
            "jiff",
            "rand",
            "getrandom",
            "ort",
            "rustix",
            "nix",
            "libc",
            "rayon",
            "crossbeam",
            "socket2",
            "memmap2",
        ] {
            assert_ne!(name, &acting);
        }
    }
}
