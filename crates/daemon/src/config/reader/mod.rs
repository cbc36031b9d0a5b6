//! A reader over a TOML document that goes on after a mistake: each value is asked for by its key,
//! type and range, what does not fit is reported and left out, and keys nobody asked for are refused.

mod values;

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Collector, Problems};
use super::words::article;
pub(crate) use super::words::closest;

/// A document being read.
#[derive(Debug)]
pub(crate) struct Document {
    problems: RefCell<Collector>,
    folder: PathBuf,
    /// False when keys may stand in a table that is not theirs.
    trust_keys: bool,
    /// False when what is missing may only be missing because the syntax is broken.
    trust_absence: bool,
}

/// One table of it.
#[derive(Debug)]
pub(crate) struct Table<'d> {
    document: &'d Document,
    /// As people write it: `[station.eeg]`.
    name: String,
    at: Range<usize>,
    entries: &'d DeTable<'d>,
    asked: RefCell<Vec<&'static str>>,
    /// Keys that were needed and are not there, each with what to do.
    missing: RefCell<Vec<(&'static str, String)>>,
    forgiven: Cell<bool>,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Spot<T> {
    pub(crate) value: T,
    pub(crate) at: Range<usize>,
}

/// What a value should have been: what is wrong and what to write.
type Mismatch = (String, String);

/// Reads `text` with `read`; every mistake that it and the syntax made is the error.
/// Relative paths in it are relative to the file's folder.
pub(crate) fn read<T>(
    file: &Path,
    text: &str,
    read: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, Problems> {
    let name = file.display().to_string();
    let (root, errors) = DeTable::parse_recoverable(text);
    let line = |offset: usize| text.get(..offset).unwrap_or(text).matches('\n').count();
    let mut broken = Vec::new();
    let mut header_broken = false;
    let mut syntax = Collector::default();
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        broken.push(line(at.start));
        header_broken |= text
            .lines()
            .nth(line(at.start))
            .is_some_and(|line| line.trim_start().starts_with('['));
        syntax.add(&at, error.message(), "write it as TOML (https://toml.io)");
    }
    let document = Document {
        problems: RefCell::default(),
        folder: file.parent().map_or_else(PathBuf::new, Path::to_owned),
        // Keys below a header that was not understood stand in the wrong table.
        trust_keys: !header_broken,
        trust_absence: broken.is_empty(),
    };
    let table = Table {
        document: &document,
        name: "the file".to_owned(),
        at: 0..0,
        entries: root.get_ref(),
        asked: RefCell::default(),
        missing: RefCell::default(),
        forgiven: Cell::new(false),
    };
    let got = read(&table);
    table.finish();
    let mut problems = document.problems.into_inner();
    // A line whose syntax is broken is told once.
    problems.retain(|offset| !broken.contains(&line(offset)));
    problems.append(syntax);
    problems.finish(&name, text)?;
    got.ok_or_else(|| {
        // Whatever gives nothing has said why; if ever not, say at least that.
        let mut collector = Collector::default();
        collector.add(
            &(0..0),
            "the configuration could not be read",
            "compare it with an example",
        );
        collector.finish(&name, text).err().unwrap_or(Problems {
            file: name,
            list: Vec::new(),
        })
    })
}

impl Document {
    fn add(&self, at: &Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.borrow_mut().add(at, what, remedy);
    }
}

impl<'d> Table<'d> {
    /// As people write it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where it begins.
    pub(crate) fn at(&self) -> &Range<usize> {
        &self.at
    }

    /// Reports a mistake.
    pub(crate) fn problem(
        &self,
        at: &Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.document.add(at, what, remedy);
    }

    /// Says that a key is known here without reading it.
    pub(crate) fn ask(&self, key: &'static str) {
        self.asked.borrow_mut().push(key);
    }

    /// Whether what is not there was really left out.
    pub(crate) fn trusts_absence(&self) -> bool {
        self.document.trust_absence
    }

    /// Lets pass whatever keys there are.
    pub(crate) fn forgive(&self) {
        self.forgiven.set(true);
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(k, _)| k.get_ref() == key)
    }

    fn entry(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.borrow_mut().push(key);
        self.entries
            .iter()
            .find(|(k, _)| k.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// The value of a key if it is there and `convert` takes it.
    fn take<T>(
        &self,
        key: &'static str,
        convert: impl FnOnce(&'d DeValue<'d>) -> Result<T, Mismatch>,
    ) -> Option<Spot<T>> {
        let value = self.entry(key)?;
        match convert(value.get_ref()) {
            Ok(converted) => Some(Spot {
                value: converted,
                at: value.span(),
            }),
            Err((what, remedy)) => {
                self.problem(&value.span(), format!("`{key}` {what}"), remedy);
                None
            }
        }
    }

    /// Notes the key as missing when it is not there; hands on what was got.
    pub(crate) fn need<T>(&self, key: &'static str, remedy: &str, got: Option<T>) -> Option<T> {
        if got.is_none() && self.document.trust_absence && !self.has(key) {
            self.missing.borrow_mut().push((key, remedy.to_owned()));
        }
        got
    }

    /// A table in this one.
    pub(crate) fn table(&self, key: &'static str) -> Option<Table<'d>> {
        let value = self.entry(key)?;
        self.open(key, value)
    }

    /// An array of tables; none when the key is absent.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<Table<'d>> {
        let Some(value) = self.entry(key) else {
            return Vec::new();
        };
        match value.get_ref().as_array() {
            Some(array) => array
                .iter()
                .filter_map(|item| self.open(key, item))
                .collect(),
            None => {
                self.problem(
                    &value.span(),
                    format!("`{key}` is {}", article(value.get_ref())),
                    format!("write [[{key}]], once for each"),
                );
                Vec::new()
            }
        }
    }

    fn open(&self, key: &'static str, value: &'d Spanned<DeValue<'d>>) -> Option<Table<'d>> {
        let Some(entries) = value.get_ref().as_table() else {
            let what = format!("`{key}` is {}", article(value.get_ref()));
            self.problem(&value.span(), what, format!("write a section [{key}]"));
            return None;
        };
        let above = self.name.trim_matches(['[', ']']);
        let name = if self.at == (0..0) {
            format!("[{key}]")
        } else {
            format!("[{above}.{key}]")
        };
        Some(Table {
            document: self.document,
            name,
            at: value.span(),
            entries,
            asked: RefCell::default(),
            missing: RefCell::default(),
            forgiven: Cell::new(false),
        })
    }

    /// Refuses the keys that nobody asked for, and reports the missing ones, unless one of those is
    /// probably meant.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        let refuses = !self.forgiven.get() && self.document.trust_keys;
        let unknown = || {
            let keys = self.entries.keys();
            keys.filter(|key| refuses && !asked.contains(&key.get_ref().as_ref()))
        };
        for (key, remedy) in self.missing.take() {
            let meant = |name: &str| closest(name, asked.iter().copied()) == Some(key);
            if !unknown().any(|name| meant(name.get_ref().as_ref())) {
                self.problem(&self.at, format!("{} has no `{key}`", self.name), remedy);
            }
        }
        for key in unknown() {
            let name = key.get_ref().as_ref();
            let remedy = match closest(name, asked.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => {
                    let mut known: Vec<&str> = asked.iter().copied().collect();
                    known.sort_unstable();
                    known.dedup();
                    format!("take it out; known here: {}", known.join(", "))
                }
            };
            self.problem(
                &key.span(),
                format!("{} has no key `{name}`", self.name),
                remedy,
            );
        }
    }
}
