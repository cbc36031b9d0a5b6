//! `wokd devices`: what is plugged in, by names that stay, what each probably is, and who holds it; and the Lab Streaming
//! Layer streams of the network.

mod draft;
mod scan;
mod streams;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::say::{complain, say};
use crate::config::Config;
use crate::lsl::Network;
use scan::{Found, Roots};

/// Arguments of `wokd devices`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write a configuration of what was found; the file must not exist
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Lists the devices, and writes a configuration if asked to: 0, or 1 when there was nothing to
/// write or the file could not be written.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let mut found = scan::scan(&Roots::default());
    match streams::find(&Network::default()) {
        Ok(streams) => found.extend(streams),
        Err(error) => complain!("LSL streams cannot be looked for: {error}"),
    }
    say!("{}", list(&found).trim_end());
    let Some(file) = &args.write else {
        return ExitCode::SUCCESS;
    };
    match write(file, &found) {
        Ok(()) => {
            say!(
                "wrote {0}; look it over, then `wokd check {0}`",
                file.display()
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            complain!("{}: {why}", file.display());
            ExitCode::FAILURE
        }
    }
}

fn list(found: &[Found]) -> String {
    use std::fmt::Write as _;
    if found.is_empty() {
        return "no serial port, camera, microphone or LSL stream was found; plug one in, and look at `wokd doctor`\n".to_owned();
    }
    let mut text = String::new();
    for device in found {
        let state = device
            .holder
            .as_ref()
            .map_or(String::new(), |holder| format!(", in use by {holder}"));
        let real = if device.real.as_os_str().is_empty() || device.real == Path::new(&device.name) {
            String::new()
        } else {
            format!(" (now {})", device.real.display())
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}{real}\n    {}{state}", device.name, device.what);
        if let Some(note) = &device.note {
            let _ = writeln!(text, "    {note}");
        }
    }
    text
}

fn write(file: &Path, found: &[Found]) -> Result<(), String> {
    let text = draft::draft(found)
        .ok_or("nothing that gives a score was found; plug a sensor in first")?;
    // Whatever is written is read back before anybody relies on it.
    Config::parse(file, &text).map_err(|problems| problems.to_string())?;
    let mut options = std::fs::OpenOptions::new();
    let mut out = options
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => "is there already; name a new file".to_owned(),
            _ => format!("cannot be written ({error}); name a file in a writable folder"),
        })?;
    std::io::Write::write_all(&mut out, text.as_bytes()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
