//! The model's card: the JSON file beside it that says, among much for people, its hash.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::LoadError;

/// SHA-256 of a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelHash([u8; 32]);

impl ModelHash {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl std::fmt::Display for ModelHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where the card of a model stands: `base.onnx` has `base.json`.
#[must_use]
pub fn card_path(model: &Path) -> PathBuf {
    model.with_extension("json")
}

/// Where the golden vectors of a model stand: `base.onnx` has `base.golden.safetensors`.
#[must_use]
pub fn golden_path(model: &Path) -> PathBuf {
    model.with_extension("golden.safetensors")
}

/// Holds a model to the `sha256` of its card, where there is a card.
pub(crate) fn check(model: &Path, hash: ModelHash) -> Result<(), LoadError> {
    let path = card_path(model);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(LoadError::Read { path, source }),
    };
    let expected = match sha256_of(&text) {
        Ok(expected) => expected,
        Err(why) => return Err(LoadError::Card { path, why }),
    };
    let found = hash.to_string();
    if expected.eq_ignore_ascii_case(&found) {
        Ok(())
    } else {
        Err(LoadError::Hash {
            path: model.to_owned(),
            expected,
            found,
        })
    }
}

fn sha256_of(card: &[u8]) -> Result<String, String> {
    let card: serde_json::Value = serde_json::from_slice(card).map_err(|e| e.to_string())?;
    let hash = card.get("sha256").ok_or("it has no \"sha256\"")?;
    match hash.as_str() {
        Some(hash) if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Ok(hash.to_owned())
        }
        _ => Err("its \"sha256\" is not 64 hexadecimal digits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_in_hexadecimal() {
        // The SHA-256 of nothing, FIPS 180-4.
        let expect = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(ModelHash::of(b"").to_string(), expect);
    }

    #[test]
    fn a_card_gives_its_hash_or_says_what_is_wrong() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let check =
            |card: &str, expect: Result<&str, &str>| match (sha256_of(card.as_bytes()), expect) {
                (Ok(found), Ok(expect)) => assert_eq!(found, expect),
                (Err(found), Err(words)) => assert!(found.contains(words), "{found}"),
                (found, expect) => panic!("{card}: {found:?}, expected {expect:?}"),
            };
        check(&format!("{{\"sha256\": \"{hash}\"}}"), Ok(hash));
        check("{}", Err("no \"sha256\""));
        check("{\"sha256\": \"abc\"}", Err("64 hexadecimal"));
        check("{\"sha256\": 7}", Err("64 hexadecimal"));
        check("not json", Err("expected"));
    }

    #[test]
    fn files_stand_beside_the_model() {
        let model = Path::new("models/base.onnx");
        assert_eq!(card_path(model), Path::new("models/base.json"));
        assert_eq!(
            golden_path(model),
            Path::new("models/base.golden.safetensors")
        );
    }
}
