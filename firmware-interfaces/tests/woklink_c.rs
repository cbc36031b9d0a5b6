//! Compiles the C header's test with the machine's C compiler and runs it on the frozen vectors.

use std::path::Path;
use std::process::Command;

#[test]
fn the_c_header_reads_and_writes_the_frozen_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("woklink");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("woklink_test_vectors");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let compiled = Command::new(&compiler)
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1"])
        .arg(folder.join("test_vectors.c"))
        .arg("-o")
        .arg(&program)
        .output();
    let compiled = match compiled {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: no C compiler '{compiler}': {error}");
            return;
        }
    };
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let mut vectors: Vec<_> = std::fs::read_dir(folder.join("vectors/v1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    vectors.sort();
    let run = Command::new(&program).args(&vectors).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}");
    assert!(
        said.ends_with(&format!("{} passed, 0 failed\n", vectors.len())),
        "{said}"
    );
}
