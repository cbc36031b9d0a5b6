//! What a value may be: each getter names the type and the range, and reports what does not fit.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use toml::de::DeValue;

use super::{Spot, Table};
use crate::config::words::{article, closest, number, or};

impl Table<'_> {
    /// A text that is not empty.
    pub(crate) fn text(&self, key: &'static str) -> Option<Spot<String>> {
        self.take(key, |value| match value.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
            Some(_) => Err((
                "is empty".into(),
                "write a text or take the line out".into(),
            )),
            None => Err((
                format!("is {}", article(value)),
                "write a text in quotes".into(),
            )),
        })
    }

    /// An id: `[a-z0-9_-]`, at most 64 characters.
    pub(crate) fn id(&self, key: &'static str) -> Option<Spot<String>> {
        let spot = self.text(key)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if spot.value.len() <= 64 && spot.value.chars().all(fits) {
            return Some(spot);
        }
        let remedy = "an id has at most 64 of a-z, 0-9, _ and -; put other scripts into `name`";
        self.problem(&spot.at, format!("`{key}` is {:?}", spot.value), remedy);
        None
    }

    /// A path; a relative one begins at the file's folder.
    pub(crate) fn path(&self, key: &'static str) -> Option<Spot<PathBuf>> {
        let Spot { value, at } = self.text(key)?;
        Some(Spot {
            value: self.document.folder.join(value),
            at,
        })
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        let read = |value: &DeValue<'_>| {
            value.as_bool().ok_or_else(|| {
                (
                    format!("is {}", article(value)),
                    "write true or false".into(),
                )
            })
        };
        self.take(key, read).map(|spot| spot.value)
    }

    /// A whole number in a range.
    pub(crate) fn integer(
        &self,
        key: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<Spot<i64>> {
        let remedy = format!(
            "write a whole number from {} to {}",
            range.start(),
            range.end()
        );
        self.take(key, |value| {
            let Some(integer) = value.as_integer() else {
                return Err((format!("is {}", article(value)), remedy));
            };
            match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(number) if range.contains(&number) => Ok(number),
                _ => Err((format!("is {integer}"), remedy)),
            }
        })
    }

    /// A number in a range.
    pub(crate) fn number(
        &self,
        key: &'static str,
        range: RangeInclusive<f64>,
    ) -> Option<Spot<f64>> {
        let remedy = format!("write a number from {} to {}", range.start(), range.end());
        self.take(key, |value| match number(value) {
            Some(number) if range.contains(&number) => Ok(number),
            Some(number) => Err((format!("is {number}"), remedy)),
            None => Err((format!("is {}", article(value)), remedy)),
        })
    }

    /// Exactly `N` numbers in a range.
    pub(crate) fn numbers<const N: usize>(
        &self,
        key: &'static str,
        range: RangeInclusive<f64>,
        meaning: &str,
    ) -> Option<Spot<[f64; N]>> {
        let remedy = format!(
            "write {meaning}, each from {} to {}",
            range.start(),
            range.end()
        );
        self.take(key, |value| {
            let Some(array) = value.as_array() else {
                return Err((format!("is {}", article(value)), remedy));
            };
            let numbers: Option<Vec<f64>> = array
                .iter()
                .map(|item| number(item.get_ref()).filter(|n| range.contains(n)))
                .collect();
            match numbers.map(<[f64; N]>::try_from) {
                Some(Ok(numbers)) => Ok(numbers),
                _ => Err((format!("does not hold {N} such numbers"), remedy)),
            }
        })
    }

    /// A list of texts, each with its place.
    pub(crate) fn texts(&self, key: &'static str) -> Option<Spot<Vec<Spot<String>>>> {
        self.take(key, |value| {
            let wrong = || "write a list of texts: [\"…\", \"…\"]".to_owned();
            let Some(array) = value.as_array() else {
                return Err((format!("is {}", article(value)), wrong()));
            };
            array
                .iter()
                .map(|item| {
                    let text = item.get_ref().as_str();
                    text.map(|text| Spot {
                        value: text.to_owned(),
                        at: item.span(),
                    })
                    .ok_or_else(|| (format!("holds {}", article(item.get_ref())), wrong()))
                })
                .collect()
        })
    }

    /// One of some whole numbers.
    pub(crate) fn integer_of(&self, key: &'static str, choices: &[i64]) -> Option<Spot<i64>> {
        let spot = self.integer(key, i64::MIN..=i64::MAX)?;
        if choices.contains(&spot.value) {
            return Some(spot);
        }
        self.problem(
            &spot.at,
            format!("`{key}` is {}", spot.value),
            format!("write {}", or(choices)),
        );
        None
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let spot = self.text(key)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == spot.value) {
            return Some(*value);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.unknown_word(key, &spot, &names);
        None
    }

    /// Reports that a text is none of the known words.
    pub(crate) fn unknown_word(&self, key: &str, spot: &Spot<String>, known: &[&str]) {
        let quoted: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
        let remedy = match closest(&spot.value, known.iter().copied()) {
            Some(close) => format!("did you mean {close:?}? It may be {}", or(&quoted)),
            None => format!("write {}", or(&quoted)),
        };
        self.problem(&spot.at, format!("`{key}` is {:?}", spot.value), remedy);
    }
}
