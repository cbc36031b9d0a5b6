//! Logs on standard error, for people or as JSON. Signals and secrets never come here.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Standard error, or nothing when it is gone: a log never ends the daemon.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts logging; `WOKD_LOG` filters (default `info`). A second call changes nothing.
pub fn init(format: Format) {
    let asked = std::env::var("WOKD_LOG").ok();
    let parsed = asked.as_deref().map(EnvFilter::try_new);
    let mistaken = parsed.as_ref().is_some_and(Result::is_err);
    let filter = parsed
        .and_then(Result::ok)
        .unwrap_or_else(|| EnvFilter::new("info,ort=warn,rumqttd=off"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Stderr)
        .with_target(false);
    // Failing means that a subscriber is there already.
    let _ = match format {
        Format::Human => builder.with_ansi(false).try_init(),
        Format::Json => builder.json().try_init(),
    };
    if mistaken {
        tracing::warn!("WOKD_LOG is not understood and left aside; write such as WOKD_LOG=debug");
    }
}
