//! Which model runs, on what, and where it is found.

use std::path::{Path, PathBuf};

use wok_infer::{LoadError, Model, Options, Provider};

/// What the configuration says of the model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// The ONNX file; the shipped edition without it.
    pub path: Option<PathBuf>,
    /// Where it runs.
    pub provider: Provider,
    /// ONNX Runtime's library; searched for without it.
    pub library: Option<PathBuf>,
}

/// The same as options of a subcommand.
#[derive(Debug, clap::Args)]
#[group(id = "model")]
pub struct Args {
    /// The model's ONNX file; the shipped edition without it
    #[arg(long = "model", value_name = "FILE")]
    path: Option<PathBuf>,
    /// Where it runs: auto, cpu, cuda:N, tensorrt:N
    #[arg(long, default_value = "auto")]
    provider: Provider,
    /// ONNX Runtime's library; searched for without it
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
}

impl Args {
    /// As settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            path: self.path.clone(),
            provider: self.provider,
            library: self.library.clone(),
        }
    }
}

/// The shipped edition's file name.
const SHIPPED: &str = "base.onnx";

/// Where the shipped edition lies: beside an installed binary, or in the source tree above it.
#[must_use]
pub fn shipped() -> PathBuf {
    let beside = std::env::current_exe().ok();
    let mut places = vec![PathBuf::from("deploy/models")];
    if let Some(exe) = &beside {
        places.extend(exe.ancestors().skip(1).map(|dir| dir.join("deploy/models")));
        // Under /usr, or under whatever else the package was unpacked into, as the library is found.
        places.extend(
            exe.ancestors()
                .nth(2)
                .map(|dir| dir.join("share/wokd/models")),
        );
    }
    places.push(PathBuf::from("/usr/share/wokd/models"));
    let found = places
        .iter()
        .map(|place| place.join(SHIPPED))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| Path::new("/usr/share/wokd/models").join(SHIPPED))
}

/// How the model that the settings name is loaded.
#[must_use]
pub fn options(settings: &Settings) -> Options {
    let path = settings.path.clone().unwrap_or_else(shipped);
    let mut options = Options::new(path, wok_core::features::id_text());
    options.provider = settings.provider;
    options.library.clone_from(&settings.library);
    options
}

/// Loads and checks the model.
///
/// # Errors
/// Any [`LoadError`]; its words say what differs and what to do.
pub fn load(settings: &Settings) -> Result<Model, LoadError> {
    Model::load(&options(settings))
}

#[cfg(test)]
mod tests {
    use wok_core::cue::RULES;

    #[test]
    fn the_cues_fire_from_where_the_shipped_card_says() -> Result<(), Box<dyn std::error::Error>> {
        let card = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/models/base.json");
        let card: serde_json::Value = serde_json::from_slice(&std::fs::read(card)?)?;
        for rule in &RULES {
            let on = card["cues"][rule.kind.as_str()].as_f64();
            assert_eq!(on, Some(f64::from(rule.on * 100.0).round() / 100.0));
        }
        Ok(())
    }
}
