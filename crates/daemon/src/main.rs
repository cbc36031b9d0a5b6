//! The daemon's binary: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    wokd::cli::Cli::parse().run()
}
