//! The licences of the crates that the packaged daemon contains, which their authors want passed on with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;
use crate::workspace::Workspace;

/// How the files that hold licences and notices begin.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"];

/// Writes them all into one file of the cache, each text once, under the crates that it is of.
pub(crate) fn write(workspace: &Workspace) -> Result<PathBuf> {
    let mut ask = workspace.cargo();
    ask.args([
        "metadata",
        "--locked",
        "--format-version=1",
        "--features=wokd/package",
    ]);
    ask.arg(format!(
        "--filter-platform={}-unknown-linux-gnu",
        std::env::consts::ARCH
    ));
    let text = shell::output(&mut ask)?;
    let metadata = serde_json::from_str(&text).context("cargo metadata gave no JSON")?;
    let mut crates_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in contained(&metadata, "wokd")? {
        let field = |key: &str| package[key].as_str().unwrap_or("none named");
        let name = format!(
            "{} {} ({})",
            field("name"),
            field("version"),
            field("license")
        );
        let folder = Path::new(field("manifest_path")).parent();
        let mut texts = texts(folder.context("a manifest has a folder")?)?;
        if texts.is_empty() {
            texts.push("It comes without the text of its licence, which is named above.\n".into());
        }
        for text in texts {
            crates_of.entry(text).or_default().push(name.clone());
        }
    }
    let mut all = String::from("Licences of the Rust crates in /usr/bin/wokd.\n");
    for (text, crates) in crates_of {
        let rule = "=".repeat(72);
        all += &format!(
            "\n{rule}\n{}\n{rule}\n\n{}\n",
            crates.join("\n"),
            text.trim_end()
        );
    }
    let file = workspace.cache().join("notices/crates.txt");
    fs::create_dir_all(file.parent().context("a file has a folder")?)?;
    fs::write(&file, all)?;
    Ok(file)
}

/// The crates from elsewhere that a package of the workspace is built of: neither what only builds them nor what tests them.
fn contained<'m>(metadata: &'m Value, of: &str) -> Result<Vec<&'m Value>> {
    let list = |value: &'m Value| value.as_array().map(Vec::as_slice).unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let start = packages.iter().find(|package| package["name"] == of);
    let start = start.with_context(|| format!("there is no {of}"))?;
    let mut seen = BTreeSet::new();
    let mut ahead = vec![start["id"].as_str().context("a package has an id")?];
    while let Some(id) = ahead.pop() {
        if !seen.insert(id) {
            continue;
        }
        let mut nodes = list(&metadata["resolve"]["nodes"]).iter();
        let node = nodes.find(|node| node["id"] == id);
        let node = node.with_context(|| format!("{id} is not resolved"))?;
        for dependency in list(&node["deps"]) {
            let is_normal = |kind: &Value| kind["kind"].is_null();
            if list(&dependency["dep_kinds"]).iter().any(is_normal) {
                ahead.extend(dependency["pkg"].as_str());
            }
        }
    }
    let from_elsewhere = |package: &&Value| {
        !package["source"].is_null() && package["id"].as_str().is_some_and(|id| seen.contains(id))
    };
    let contained: Vec<&Value> = packages.iter().filter(from_elsewhere).collect();
    ensure!(!contained.is_empty(), "{of} is built of no crate");
    Ok(contained)
}

fn texts(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_uppercase();
        if file.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            files.push(file);
        }
    }
    files.sort();
    let read = |file: PathBuf| Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned());
    files.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_built_in_is_contained_and_what_builds_or_tests_is_not() {
        let package =
            |name: &str, source: Option<&str>| json!({"name": name, "id": name, "source": source});
        let dep =
            |name: &str, kind: Option<&str>| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [
                package("wokd", None), package("ours", None), package("a", Some("r")), package("b", Some("r")),
                package("c", Some("r")), package("d", Some("r")), package("apart", Some("r")),
            ],
            "resolve": {"nodes": [
                {"id": "wokd", "deps": [dep("ours", None), dep("b", Some("dev")), dep("c", Some("build"))]},
                {"id": "ours", "deps": [dep("a", None)]},
                {"id": "a", "deps": [dep("d", None), dep("ours", None)]},
                {"id": "d", "deps": []},
            ]},
        });
        let names: Vec<_> = contained(&metadata, "wokd")
            .unwrap()
            .iter()
            .map(|p| p["name"].clone())
            .collect();
        assert_eq!(names, ["a", "d"]);
        assert!(contained(&metadata, "nobody").is_err());
    }
}
