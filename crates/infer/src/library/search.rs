//! Where ONNX Runtime is looked for.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{CACHE, FILE, LibraryError, VARIABLE};

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    Named { path: PathBuf, by: &'static str },
    Usual(Vec<PathBuf>),
}

impl Search {
    pub(super) fn of_process(named: Option<&Path>) -> Self {
        let executable = std::env::current_exe().ok();
        let folder = std::env::current_dir().ok();
        Self::new(
            named,
            std::env::var_os(VARIABLE),
            executable.as_deref(),
            folder.as_deref(),
        )
    }

    fn new(
        named: Option<&Path>,
        variable: Option<OsString>,
        executable: Option<&Path>,
        folder: Option<&Path>,
    ) -> Self {
        if let Some(path) = named {
            return Self::Named {
                path: path.to_owned(),
                by: "named in the configuration",
            };
        }
        if let Some(path) = variable.filter(|path| !path.is_empty()) {
            return Self::Named {
                path: path.into(),
                by: "named by ORT_DYLIB_PATH",
            };
        }
        let beside = executable.and_then(Path::parent);
        let mut places = Vec::new();
        places.extend(
            beside
                .and_then(Path::parent)
                .map(|up| up.join("lib/wokd").join(FILE)),
        );
        places.push(Path::new("/usr/lib/wokd").join(FILE));
        places.extend(folder.map(|folder| folder.join(CACHE)));
        places.extend(
            beside
                .into_iter()
                .flat_map(Path::ancestors)
                .map(|up| up.join(CACHE)),
        );
        let mut seen = HashSet::new();
        places.retain(|place| seen.insert(place.clone()));
        Self::Usual(places)
    }

    /// The first that serves and its version.
    pub(super) fn first(
        self,
        mut probe: impl FnMut(&Path) -> Result<String, String>,
    ) -> Result<(PathBuf, String), LibraryError> {
        match self {
            Self::Named { path, by } => match probe(&path) {
                Ok(version) => Ok((path, version)),
                Err(why) => Err(LibraryError::Named {
                    path,
                    named_by: by,
                    why,
                }),
            },
            Self::Usual(places) => {
                let mut tried = Vec::with_capacity(places.len());
                for place in places {
                    match probe(&place) {
                        Ok(version) => return Ok((place, version)),
                        Err(why) => tried.push((place, why)),
                    }
                }
                Err(LibraryError::NotFound { tried })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Search {
        let executable = Path::new("/opt/wokd/bin/wokd");
        Search::new(None, None, Some(executable), Some(Path::new("/home/me")))
    }

    #[test]
    fn a_named_file_is_the_only_one_looked_at() {
        let named = Search::new(Some(Path::new("/a.so")), Some("/b.so".into()), None, None);
        let by = "named in the configuration";
        assert_eq!(
            named,
            Search::Named {
                path: "/a.so".into(),
                by
            }
        );
        let variable = Search::new(None, Some("/b.so".into()), None, None);
        let by = "named by ORT_DYLIB_PATH";
        assert_eq!(
            variable,
            Search::Named {
                path: "/b.so".into(),
                by
            }
        );
        let error = variable
            .first(|_| Err("not there".to_owned()))
            .unwrap_err()
            .to_string();
        for words in ["/b.so", "ORT_DYLIB_PATH", "not there", "cargo xtask setup"] {
            assert!(error.contains(words), "{words}: {error}");
        }
    }

    #[test]
    fn the_usual_places_are_tried_in_order() {
        let Search::Usual(places) = usual() else {
            panic!("nothing was named")
        };
        let expect = [
            "/opt/wokd/lib/wokd/libonnxruntime.so",
            "/usr/lib/wokd/libonnxruntime.so",
            "/home/me/.cache/onnxruntime/lib/libonnxruntime.so",
            "/opt/wokd/bin/.cache/onnxruntime/lib/libonnxruntime.so",
            "/opt/wokd/.cache/onnxruntime/lib/libonnxruntime.so",
            "/opt/.cache/onnxruntime/lib/libonnxruntime.so",
            "/.cache/onnxruntime/lib/libonnxruntime.so",
        ];
        assert_eq!(places, expect.map(PathBuf::from));
        assert_eq!(
            Search::new(None, Some("".into()), None, None),
            Search::Usual(vec!["/usr/lib/wokd/libonnxruntime.so".into()])
        );
    }

    #[test]
    fn the_error_lists_every_place_and_what_to_do() {
        let error = usual()
            .first(|_| Err("not there".to_owned()))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error.matches("libonnxruntime.so: not there").count(),
            7,
            "{error}"
        );
        assert!(error.contains("cargo xtask setup"), "{error}");
    }

    #[test]
    fn a_place_that_does_not_serve_is_passed_over() {
        let usr = Path::new("/usr/lib/wokd/libonnxruntime.so");
        let found = usual().first(|place| {
            if place == usr {
                Ok("1.27.0".to_owned())
            } else {
                Err("cannot be loaded".to_owned())
            }
        });
        assert_eq!(found, Ok((usr.to_owned(), "1.27.0".to_owned())));
    }
}
