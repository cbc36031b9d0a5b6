//! What is wrong with a configuration: every mistake, with its place and what to do about it.

use std::fmt;
use std::ops::Range;
use std::path::Path;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Every mistake of one file, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The file as it was named.
    pub file: String,
    /// The mistakes.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (
            i,
            Problem {
                line,
                column,
                what,
                remedy,
            },
        ) in self.list.iter().enumerate()
        {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:{line}:{column}: {what}; {remedy}", self.file)?;
        }
        Ok(())
    }
}

impl Problems {
    /// A file that could not even be read.
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => {
                "name an existing file, or write one with `wokd devices --write FILE`"
            }
            std::io::ErrorKind::PermissionDenied => "run as a user who may read it",
            _ => "check the file",
        };
        Self {
            file: file.display().to_string(),
            list: vec![Problem {
                line: 1,
                column: 1,
                what: format!("cannot be read ({error})"),
                remedy: remedy.to_owned(),
            }],
        }
    }
}

/// Collects mistakes by byte offset while a text is read.
#[derive(Debug, Default)]
pub(crate) struct Collector(Vec<(usize, String, String)>);

impl Collector {
    pub(crate) fn add(
        &mut self,
        span: &Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.0.push((span.start, what.into(), remedy.into()));
    }

    /// Forgets the mistakes whose place does not pass.
    pub(super) fn retain(&mut self, pass: impl Fn(usize) -> bool) {
        self.0.retain(|(offset, ..)| pass(*offset));
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(super) fn finish(mut self, file: &str, text: &str) -> Result<(), Problems> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|(offset, ..)| *offset);
        let list = self
            .0
            .into_iter()
            .map(|(offset, what, remedy)| {
                let before = text.get(..offset).unwrap_or(text);
                let line_start = before.rfind('\n').map_or(0, |at| at + 1);
                Problem {
                    line: before.matches('\n').count() + 1,
                    column: before[line_start..].chars().count() + 1,
                    what,
                    remedy,
                }
            })
            .collect();
        Err(Problems {
            file: file.to_owned(),
            list,
        })
    }
}
