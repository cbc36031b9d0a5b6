//! The small sections that are not stations: site, metrics, model.

use std::net::SocketAddr;
use std::path::PathBuf;

use wok_infer::Provider;

use super::reader::Table;

/// The kitchen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id in topics and labels, `[a-z0-9_-]`.
    pub id: String,
    /// Its name for people, in any script.
    pub name: String,
}

/// Where metrics are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Address and port of `/metrics`.
    pub listen: SocketAddr,
}

/// The model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The ONNX file; the shipped edition without.
    pub path: Option<PathBuf>,
    /// The execution provider.
    pub provider: Provider,
    /// The ONNX Runtime library; looked for without.
    pub library: Option<PathBuf>,
}

pub(super) fn site(root: &Table<'_>) -> Option<Site> {
    let section = root.table("site");
    let section = root.need("site", "add a section [site] with `id = \"home\"`", section)?;
    let id = section.need("id", "write `id = \"home\"`", section.id("id"));
    let name = section.text("name");
    section.finish();
    let id = id?.value;
    Some(Site {
        name: name.map_or_else(|| id.clone(), |name| name.value),
        id,
    })
}

pub(super) fn metrics(section: &Table<'_>) -> Option<Metrics> {
    let listen = section.text("listen");
    section.finish();
    let Some(listen) = listen else {
        return (!section.has("listen")).then(|| Metrics {
            listen: ([127, 0, 0, 1], 9464).into(),
        });
    };
    match listen.value.parse() {
        Ok(listen) => Some(Metrics { listen }),
        Err(_) => {
            let what = format!("`listen` is {:?}", listen.value);
            section.problem(
                &listen.at,
                what,
                "write an address and a port, such as \"127.0.0.1:9464\"",
            );
            None
        }
    }
}

pub(super) fn model(root: &Table<'_>) -> Option<Model> {
    let Some(section) = root.table("model") else {
        return (!root.has("model")).then_some(Model {
            path: None,
            provider: Provider::Auto,
            library: None,
        });
    };
    let path = section.path("path").map(|spot| spot.value);
    let library = section.path("library").map(|spot| spot.value);
    let provider = section.text("provider");
    section.finish();
    let provider = match provider {
        None => Some(Provider::Auto),
        Some(text) => match text.value.parse() {
            Ok(provider) => Some(provider),
            Err(_) => {
                let what = format!("`provider` is {:?}", text.value);
                section.problem(
                    &text.at,
                    what,
                    "write \"auto\", \"cpu\", \"cuda:0\" or \"tensorrt:0\"",
                );
                None
            }
        },
    };
    Some(Model {
        path,
        provider: provider?,
        library,
    })
}
