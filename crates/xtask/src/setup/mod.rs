//! `cargo xtask setup`: what a machine with Rust and Python still lacks.

pub(crate) mod alsa;
pub(crate) mod asyncapi;
mod debian;
pub(crate) mod faketime;
pub(crate) mod grafana_types;
pub(crate) mod homeassistant;
pub(crate) mod linters;
pub(crate) mod mosquitto;
mod npm;
pub(crate) mod onnxruntime;
pub(crate) mod packaging;
pub(crate) mod prometheus;
pub(crate) mod python;
pub(crate) mod systemd;
pub(crate) mod toolchain;
mod wheels;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

type Provide = fn(&Workspace) -> Result<()>;

/// What can be set up, in order.
const PARTS: &[(&str, Provide)] = &[
    ("toolchain", toolchain::provide),
    ("onnxruntime", |workspace| {
        onnxruntime::provide(workspace).map(drop)
    }),
    ("alsa", alsa::provide),
    ("mosquitto", mosquitto::provide),
    ("prometheus", prometheus::provide),
    ("faketime", faketime::provide),
    ("grafana-types", grafana_types::provide),
    ("systemd", systemd::provide),
    ("packaging", |workspace| {
        packaging::provide(workspace).map(drop)
    }),
    ("linters", linters::provide),
    ("python", python::provide),
    ("homeassistant", homeassistant::provide),
    ("asyncapi", asyncapi::provide),
];

/// Sets up the parts that are named, or all.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    if let Some(unknown) = args
        .iter()
        .find(|arg| PARTS.iter().all(|(name, _)| name != arg))
    {
        let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        bail!(
            "'{unknown}' is none of what can be set up: {}",
            names.join(", ")
        );
    }
    for (name, provide) in PARTS {
        if args.is_empty() || args.iter().any(|arg| arg == name) {
            provide(workspace)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
